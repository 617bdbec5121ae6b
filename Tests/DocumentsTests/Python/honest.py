"""Writes honest documents into the current folder, with widely used programs, and altered copies of some of them."""

import io
import zipfile

import docx
import odf.draw
import odf.opendocument
import odf.table
import odf.text
import openpyxl
import openpyxl.chart
import pptx
import pptx.chart.data
import pypdf
import pypdf.annotations
import xlsxwriter
import xlwt
from docx.opc.constants import RELATIONSHIP_TYPE
from PIL import Image
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

Image.new("RGB", (64, 48), (200, 30, 30)).save("picture.png")


def word():
    document = docx.Document()
    document.add_heading("A report", 0)
    paragraph = document.add_paragraph("See ")
    link = document.part.relate_to("https://example.com/?a=1&b=2", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    paragraph._p.append(docx.oxml.parse_xml(
        '<w:hyperlink xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        f'r:id="{link}"><w:r><w:t>there</w:t></w:r></w:hyperlink>'))
    document.add_picture("picture.png")
    table = document.add_table(rows=20, cols=4)
    for row in table.rows:
        for cell in row.cells:
            cell.text = "0"
    document.sections[0].header.paragraphs[0].text = "Header"
    document.save("pictures.docx")


def excel():
    book = openpyxl.Workbook()
    for row in range(200):
        book.active.append([row, row * row, f"=A{row + 1}*2"])
    chart = openpyxl.chart.LineChart()
    chart.add_data(openpyxl.chart.Reference(book.active, min_col=2, min_row=1, max_row=200))
    book.active.add_chart(chart, "E2")
    book.create_sheet("Übersicht")
    book.save("chart.xlsx")
    book = xlsxwriter.Workbook("links.xlsx")
    sheet = book.add_worksheet()
    sheet.write_url("A1", "https://example.com/")
    sheet.write_url("A2", "external:c:\\temp\\other.xlsx#Sheet1!A1")
    sheet.insert_image("B3", "picture.png")
    sheet.write_comment("A1", "a comment")
    sheet.write_formula("C1", "='[other.xlsx]Sheet1'!A1")
    sheet.write_formula("C2", '="a|b"&"DDE("')
    sheet.data_validation("D1", {"validate": "list", "source": ["a|b", "it's"]})
    sheet.add_table("F1:G3", {"columns": [{"header": "it's | a"}, {"header": "b", "formula": "=[@[it's | a]]*2"}]})
    other = book.add_worksheet("one | two")
    other.repeat_rows(0)
    sheet.write_formula("C3", "='one | two'!A1")
    book.close()
    book = xlsxwriter.Workbook("constant-memory.xlsx", {"constant_memory": True, "use_zip64": True})
    sheet = book.add_worksheet()
    for row in range(2000):
        for column in range(10):
            sheet.write_number(row, column, 1)
    book.close()
    book = xlwt.Workbook()
    sheet = book.add_sheet("one")
    for row in range(1000):
        sheet.write(row, 0, row)
        sheet.write(row, 1, "text")
    sheet.write(0, 3, xlwt.Formula("SUM(A1:A9)"))
    book.add_sheet("zwei")
    book.save("plain.xls")


def powerpoint():
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    data = pptx.chart.data.CategoryChartData()
    data.categories = ["a", "b"]
    data.add_series("s", (1, 2))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(4), Inches(3), data)
    slide.shapes.add_picture("picture.png", Inches(5), Inches(5))
    slide.shapes.add_ole_object("chart.xlsx", "Excel.Sheet.12", Inches(1), Inches(5))
    slide.notes_slide.notes_text_frame.text = "notes"
    box = slide.shapes.add_textbox(0, 0, Inches(1), Inches(1))
    run = box.text_frame.paragraphs[0].add_run()
    run.text = "link"
    run.hyperlink.address = "https://example.com/"
    deck.save("chart.pptx")


def open_document():
    text = odf.opendocument.OpenDocumentText()
    text.text.addElement(odf.text.P(text="Hello"))
    picture = text.addPicture("picture.png")
    frame = odf.draw.Frame(width="2cm", height="2cm", anchortype="paragraph")
    frame.addElement(odf.draw.Image(href=picture))
    paragraph = odf.text.P()
    paragraph.addElement(frame)
    text.text.addElement(paragraph)
    text.save("picture.odt")
    sheet = odf.opendocument.OpenDocumentSpreadsheet()
    table = odf.table.Table(name="t")
    for _ in range(50):
        row = odf.table.TableRow()
        row.addElement(odf.table.TableCell(valuetype="float", value="1"))
        table.addElement(row)
    sheet.spreadsheet.addElement(table)
    sheet.save("table.ods")
    deck = odf.opendocument.OpenDocumentPresentation()
    deck.save("empty.odp")


def pdf(name, change=None, **encryption):
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": "A report"})
    if change:
        change(writer)
    if encryption:
        writer.encrypt(algorithm="RC4-128", **encryption)
    with open(name, "wb") as file:
        writer.write(file)


def open_action(**action):
    def change(writer):
        pairs = {NameObject("/" + key): value for key, value in action.items()}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(pairs)
    return change


def names(writer):
    action = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")})
    scripts = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("a"), action])})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): scripts})


def view(writer):
    writer.root_object[NameObject("/OpenAction")] = ArrayObject([writer.pages[0].indirect_reference, NameObject("/Fit")])


def portable():
    pdf("plain.pdf")
    pdf("view.pdf", view)
    pdf("link.pdf", lambda writer: writer.add_annotation(
        0, pypdf.annotations.Link(rect=(0, 0, 9, 9), url="https://example.com/")))
    pdf("owner-password.pdf", user_password="", owner_password="secret")
    pdf("locked.pdf.encrypted", user_password="secret", owner_password="other")
    pdf("attachment.pdf.passive", lambda writer: writer.add_attachment("invoice.xml", b"<Invoice/>"))
    pdf("names.pdf.active", names)
    pdf("action.pdf.active", open_action(S=NameObject("/JavaScript"), JS=TextStringObject("app.alert(1)")))
    pdf("launch.pdf.active", open_action(S=NameObject("/Launch"), F=TextStringObject("cmd.exe")))
    pdf("visit.pdf.active", open_action(S=NameObject("/URI"), URI=TextStringObject("https://example.com/")))


def again(source, target, deflate=True, descriptors=False, wide=False):
    """Writes the same entries as other programs do: stored, with folders, or streamed with sizes behind the data."""
    output = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return output.write(data)

    kind = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(Pipe() if descriptors else output, "w", kind) as new:
        folders = set()
        for name in old.namelist():
            folder = name.rpartition("/")[0]
            if folder and folder not in folders and not target.endswith("t"):
                folders.add(folder)
                new.writestr(folder + "/", b"")
            how = zipfile.ZIP_STORED if name == "mimetype" else kind
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = how
            with new.open(entry, "w", force_zip64=wide) as file:
                file.write(old.read(name))
    with open(target, "wb") as file:
        file.write(output.getvalue())


word()
excel()
powerpoint()
open_document()
portable()
again("pictures.docx", "stored.docx", deflate=False)
again("pictures.docx", "streamed.docx", descriptors=True)
again("chart.xlsx", "streamed.xlsx", descriptors=True)
again("pictures.docx", "wide.docx", wide=True)
again("chart.pptx", "wide-streamed.pptx", descriptors=True, wide=True)
again("picture.odt", "again.odt")
