"""Writes honest PDFs into the current folder, made by reportlab, pikepdf and pypdf, or on request by LibreOffice.

honest_pdfs.py [soffice]: names that end in `.passive.pdf` belong to files with embedded content.
"""

import io
import pathlib
import subprocess
import sys

import pikepdf
import pypdf
import pypdf.annotations
from pikepdf import Array, Dictionary, Name, OutlineItem, String
from PIL import Image
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.charts.piecharts import Pie
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors, pagesizes, pdfencrypt
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table
from reportlab.platypus.tableofcontents import TableOfContents

Image.new("RGB", (64, 48), (200, 30, 30)).save("picture.png")
Image.new("RGB", (64, 48), (20, 90, 30)).save("picture.jpg")


def drawn(name, draw=lambda page: None, pages=1, **options):
    page = canvas.Canvas(name + ".pdf", **options)
    for number in range(pages):
        page.drawString(72, 720, f"Page {number + 1}: (1 0 obj) << /A >> 100%")
        draw(page)
        page.showPage()
    page.save()


def chart(kind):
    drawing = Drawing(400, 200)
    shape = kind()
    shape.data = [1, 2, 3] if kind is Pie else [(1, 2, 3), (3, 2, 1)]
    drawing.add(shape)
    return lambda page: renderPDF.draw(drawing, page, 72, 400)


def form(page):
    field = page.acroForm
    field.textfield(name="name", tooltip="Your name", x=72, y=600, value="a (b) \\ c")
    field.checkbox(name="yes", x=72, y=560, checked=True)
    field.radio(name="one", value="a", x=72, y=520)
    field.radio(name="one", value="b", x=102, y=520, selected=True)
    field.choice(name="many", value="a", options=["a", "b"], x=72, y=480)
    field.listbox(name="list", value="a", options=["a", "b"], x=72, y=420)


def bookmarks(page):
    page.bookmarkPage("top")
    page.addOutlineEntry("Top", "top", 0)
    page.addOutlineEntry("Below", "top", 1, closed=True)
    page.showOutline()
    page.linkRect("", "top", (72, 700, 144, 740))
    page.linkURL("https://example.com/?a=1&b=(2)", (72, 600, 144, 640))


def embedded(page):
    fonts = pathlib.Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if fonts.exists():
        pdfmetrics.registerFont(TTFont("DejaVu", fonts))
        page.setFont("DejaVu", 12)
    page.drawString(72, 500, "Grüße, Ελλάδα, Привет")


def reportlab():
    drawn("rl-plain")
    for version in range(3, 8):
        drawn(f"rl-1.{version}", pdfVersion=(1, version))
    drawn("rl-uncompressed", pageCompression=0, pages=5)
    drawn("rl-compressed", pageCompression=1, pages=5)
    drawn("rl-many", pages=300)
    drawn("rl-landscape", pagesize=pagesizes.landscape(pagesizes.A4))
    drawn("rl-form", form)
    drawn("rl-bookmarks", bookmarks, pages=1)
    drawn("rl-font", embedded)
    for kind in (VerticalBarChart, HorizontalLineChart, Pie):
        drawn("rl-chart-" + kind.__name__, chart(kind))
    code = Drawing(100, 100)
    code.add(QrCodeWidget("https://example.com"))
    drawn("rl-code", lambda page: renderPDF.draw(code, page, 72, 400))
    drawn("rl-png", lambda page: page.drawImage("picture.png", 72, 400))
    drawn("rl-jpeg", lambda page: page.drawImage("picture.jpg", 72, 400, mask=None))
    drawn("rl-transition", lambda page: page.setPageTransition("Dissolve", 1))
    drawn("rl-view", lambda page: page.setViewerPreference("FitWindow", "true"))
    drawn("rl-shading", lambda page: page.linearGradient(72, 72, 300, 300, (colors.red, colors.blue)))
    drawn("rl-transparent", lambda page: page.setFillAlpha(0.5))
    drawn("rl-labels", lambda page: page.addPageLabel(0, style="ROMAN_LOWER"))
    drawn("rl-comment", lambda page: page.textAnnotation("a comment", (72, 72, 144, 144)))
    drawn("rl-full-screen", lambda page: page.showFullScreen0())
    for bits in (40, 128):
        drawn(f"rl-encrypted-{bits}", form, encrypt=pdfencrypt.StandardEncryption("", "secret", strength=bits))
    style = getSampleStyleSheet()
    story = [TableOfContents(), PageBreak()]
    link = '{0} <a href="https://example.com/{0}">a link</a> <a name="n{0}"/>'
    story += [Paragraph(link.format(number), style["BodyText"]) for number in range(200)]
    story += [Table([[str(n), n * n] for n in range(300)], repeatRows=1)]
    SimpleDocTemplate("rl-report.pdf", title="A report", author="Nobody").multiBuild(story)


def page(pdf):
    return pdf.pages[0].obj


def annotation(pdf, **entries):
    page(pdf).Annots = page(pdf).get("/Annots", Array())
    page(pdf).Annots.append(pdf.make_indirect(Dictionary(Type=Name.Annot, Rect=[9, 9, 99, 99], **entries)))


def action(kind, **entries):
    return Dictionary(S=Name("/" + kind), **entries)


def made(name, change=lambda pdf: None, **options):
    with pikepdf.new() as pdf:
        for _ in range(3):
            pdf.add_blank_page(page_size=(300, 300))
        change(pdf)
        pdf.save(name + ".pdf", **options)


def changes():
    """Returns content that programs put into PDFs besides pages, each under a name."""
    visit = action("URI", URI=String("https://example.com"))

    def outline(pdf):
        with pdf.open_outline() as outline:
            for number in range(3):
                item = OutlineItem(f"Page {number}", number)
                item.children.append(OutlineItem("web", action=action("URI", URI=String("https://example.com"))))
                outline.root.append(item)

    def opened(entry):
        return lambda pdf: pdf.Root.__setattr__("OpenAction", entry(pdf))

    def view(pdf):
        return action("GoTo", D=Array([page(pdf), Name.Fit]))

    def field(pdf, script):
        widget = pdf.make_indirect(Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("sum"), Rect=[9, 9, 99, 30],
            AA=Dictionary({f"/{key}": action("JavaScript", JS=String(script)) for key in "KFVC"})))
        page(pdf).Annots = Array([widget])
        pdf.Root.AcroForm = Dictionary(Fields=Array([widget]), NeedAppearances=True, CO=Array([widget]))

    def scripts(*lines):
        return [(f"script-{number}", lambda pdf, line=line: field(pdf, line)) for number, line in enumerate(lines)]

    def button(pdf, action):
        annotation(pdf, Subtype=Name.Widget, FT=Name.Btn, Ff=65536, T=String("send"), A=action)
        pdf.Root.AcroForm = Dictionary(Fields=Array([page(pdf).Annots[0]]))

    def layers(pdf):
        layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Layer")))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(Order=Array([layer]), ON=Array([layer])))
        annotation(pdf, Subtype=Name.Link, A=action("SetOCGState", State=Array([Name.Toggle, layer])))

    def tagged(pdf):
        pdf.Root.MarkInfo = Dictionary(Marked=True)
        root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        kids = [pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, P=root, K=n, A=Dictionary(O=Name.Layout)))
                for n in range(500)]
        root.K, root.RoleMap = Array(kids), Dictionary(Header=Name.H1)
        pdf.Root.StructTreeRoot, pdf.Root.Lang = root, String("en")

    def destinations(pdf):
        pdf.Root.Names = Dictionary(Dests=Dictionary(Names=Array([String("a"), Array([page(pdf), Name.Fit])])))
        annotation(pdf, Subtype=Name.Link, Dest=String("a"))

    def metadata(pdf):
        with pdf.open_metadata() as data:
            data["dc:title"] = "A report"
        pdf.docinfo["/Title"] = "A report"

    def attached(pdf):
        pdf.attachments["invoice.xml"] = b"<Invoice/>"

    def attached_here(pdf):
        file = pdf.make_stream(b"a", Type=Name.EmbeddedFile)
        specification = Dictionary(Type=Name.Filespec, F=String("a"), EF=Dictionary(F=file))
        annotation(pdf, Subtype=Name.FileAttachment, FS=specification)

    def link(action):
        return lambda pdf: annotation(pdf, Subtype=Name.Link, A=action)

    def three(pdf):
        annotation(pdf, Subtype=Name("/3D"), **{"3DD": pdf.make_stream(b"U3D", Type=Name("/3D"))})

    def article(pdf):
        bead = pdf.make_indirect(Dictionary(R=[0, 0, 99, 99], P=page(pdf)))
        bead.N = bead.V = bead
        pdf.Root.Threads = Array([pdf.make_indirect(Dictionary(F=bead, I=Dictionary(Title=String("a"))))])
        pdf.Root.OpenAction = action("Thread", D=0)

    yield from [
        ("plain", lambda pdf: None), ("outline", outline), ("open-view", opened(view)), ("layers", layers),
        ("open-place", opened(lambda pdf: Array([page(pdf), Name.XYZ, 0, 99, 0]))), ("tagged", tagged),
        ("open-print", opened(lambda pdf: action("Named", N=Name.Print))), ("destinations", destinations),
        ("open-chain", opened(lambda pdf: Dictionary(**view(pdf), Next=pdf.make_indirect(view(pdf))))),
        ("open-indirect", opened(lambda pdf: pdf.make_indirect(view(pdf)))), ("metadata", metadata),
        ("link", link(visit)), ("article", article),
        ("link-remote", link(action("GoToR", F=String("b.pdf"), D=[0, Name.Fit]))), ("three", three),
        ("link-chain", lambda pdf: link(Dictionary(**view(pdf), Next=visit))(pdf)),
        ("reset", lambda pdf: button(pdf, action("ResetForm"))), ("attached.passive", attached),
        ("send.passive", lambda pdf: button(pdf, action("SubmitForm", F=String("https://example.com"), Flags=4))),
        ("hide", lambda pdf: button(pdf, action("Hide", T=String("send"), H=True))), ("clip.passive", attached_here),
        ("page-trigger", lambda pdf: page(pdf).__setattr__("AA", Dictionary(O=view(pdf)))),
        ("labels", lambda pdf: pdf.Root.__setattr__("PageLabels", Dictionary(Nums=[0, Dictionary(S=Name.r)]))),
        ("intent", lambda pdf: pdf.Root.__setattr__("OutputIntents", Array([Dictionary(
            S=Name.GTS_PDFA1, OutputConditionIdentifier=String("sRGB"),
            DestOutputProfile=pdf.make_stream(b"x", N=3))]))),
    ]
    kinds = ["Text", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight", "Underline",
             "Squiggly", "StrikeOut", "Stamp", "Caret", "Ink", "Popup", "Watermark", "Redact", "Screen", "PrinterMark",
             "TrapNet"]
    for kind in kinds:
        entries = {"Subtype": Name("/" + kind), "Contents": String("a (note)")}
        yield "note-" + kind, lambda pdf, entries=entries: annotation(pdf, **entries)
    yield from scripts(
        "AFNumber_Format(2, 0, 0, 0, \"\", true);", "AFNumber_Keystroke(2, 0, 0, 0, \"€ \", true);",
        "AFDate_FormatEx(\"dd.mm.yyyy\");", "AFSpecial_Format(0);", "AFPercent_Format(2, 0)", "AFTime_Keystroke(0);",
        "AFRange_Validate(true, 0, true, 100);", "AFSimple_Calculate(\"SUM\", new Array (\"a\", \"b.c\"));")


def pike():
    for name, change in changes():
        made("pk-" + name, change)
    for version in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2.0"):
        made("pk-version-" + version, force_version=version)
    changed = dict(changes())
    for name in ("outline", "tagged", "script-1", "link", "attached.passive", "destinations"):
        stem, _, rest = name.partition(".")
        ending = "." + rest if rest else ""
        made(f"pk-linear-{stem}{ending}", changed[name], linearize=True)
        streams = pikepdf.ObjectStreamMode.generate
        made(f"pk-streams-{stem}{ending}", changed[name], object_stream_mode=streams)
        made(f"pk-plain-{stem}{ending}", changed[name], compress_streams=False, qdf=True)
        for revision in (2, 3, 4, 6):
            lock = pikepdf.Encryption(owner="secret", user="", R=revision, aes=revision > 3, metadata=revision > 3)
            made(f"pk-locked-{revision}-{stem}{ending}", changed[name], encryption=lock)
        lock = pikepdf.Encryption(owner="secret", user="", R=6)
        made(f"pk-locked-streams-{stem}{ending}", changed[name], encryption=lock, object_stream_mode=streams)


def updated():
    """Saves as an incremental update: appends only the changes."""
    for name in ("rl-form", "rl-bookmarks", "pk-streams-tagged", "pk-link", "pk-script-1"):
        writer = pypdf.PdfWriter(name + ".pdf", incremental=True)
        writer.add_metadata({"/Title": "changed"})
        writer.add_annotation(0, pypdf.annotations.FreeText(text="new", rect=(9, 9, 99, 30)))
        writer.write(f"pp-updated-{name}.pdf")
    writer = pypdf.PdfWriter()
    for name in ("rl-report", "pk-outline", "rl-form"):
        writer.append(name + ".pdf")
    writer.write("pp-merged.pdf")


def office():
    """Exports texts, sheets and slides with LibreOffice."""
    sources = {"text.html": "<h1>A report</h1><p><a href='https://example.com'>link</a><img src='picture.png'></p>"
                            + "<h2>More</h2><table border=1><tr><td>1<td>2</table>" * 30,
               "plain.txt": "text\n" * 500, "sheet.csv": "a,b\n" + "1,2\n" * 500,
               "form.html": "<form action='https://example.com'><input type=text><input type=checkbox></form>"}
    archive, on = '"SelectPdfVersion":{"type":"long","value":"2"}', '{"type":"boolean","value":"true"}'
    exports = {"plain": "", "archive": f":{{{archive}}}", "tagged": f':{{"UseTaggedPDF":{on},"ExportBookmarks":{on}}}'}
    for name, text in sources.items():
        pathlib.Path(name).write_text(text)
        kind = {"csv": "calc", "txt": "writer"}.get(name.rpartition(".")[2], "writer_web")
        for export, options in exports.items():
            home = "-env:UserInstallation=" + pathlib.Path("office").absolute().as_uri()
            command = ["soffice", home, "--headless", "--convert-to", f"pdf:{kind}_pdf_Export{options}"]
            subprocess.run([*command, "--outdir", export, name], check=True, timeout=240, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            stem = name.partition(".")[0]
            pathlib.Path(export, stem + ".pdf").rename(f"lo-{stem}-{export}.pdf")


if "soffice" in sys.argv:
    office()
else:
    reportlab()
    pike()
    updated()
