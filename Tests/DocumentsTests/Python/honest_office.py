"""honest_office.py [--office-program PROGRAM]: writes at least 140 honest documents into the current folder, of as many
features as python-docx, openpyxl, XlsxWriter, python-pptx and odfpy can write; with PROGRAM, a `soffice`, also what
LibreOffice makes of some of them in its own formats and in Office's, old and new.
"""

import datetime
import io
import pathlib
import subprocess
import sys

import docx
import docx.enum.section
import docx.enum.text
import odf.chart
import odf.dc
import odf.draw
import odf.form
import odf.office
import odf.opendocument
import odf.presentation
import odf.style
import odf.table
import odf.text
import openpyxl
import openpyxl.chart
import openpyxl.comments
import openpyxl.drawing.image
import openpyxl.formatting.rule
import openpyxl.styles
import openpyxl.workbook.defined_name
import openpyxl.worksheet.datavalidation
import openpyxl.worksheet.table
import pptx
import pptx.chart.data
import xlsxwriter
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.shared import Cm, Pt, RGBColor
from PIL import Image
from pptx.enum.action import PP_ACTION
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.util import Inches

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SPACES = W + (
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"')
for number, kind in enumerate(("PNG", "JPEG", "GIF", "BMP")):
    Image.new("RGB", (64, 48), (200, 30 * number, 30)).save(f"picture.{kind.lower()}")


def xml(text):
    head, _, rest = text.partition(">")
    slash = head.endswith("/")
    return docx.oxml.parse_xml(f"{head.rstrip('/')} {SPACES}{'/' if slash else ''}>{rest}")


def mark(kind):
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def field(instruction, result="1"):
    """Returns a field in Word's form; braces nest further fields."""
    body = "".join(mark("begin") if letter == "{" else mark("separate") + "<w:r><w:t>0</w:t></w:r>" + mark("end")
                   if letter == "}" else f'<w:r><w:instrText xml:space="preserve">{letter}</w:instrText></w:r>'
                   for letter in pieces(instruction))
    return f'<w:p>{mark("begin")}{body}{mark("separate")}<w:r><w:t>{result}</w:t></w:r>{mark("end")}</w:p>'


def pieces(text):
    for part in text.replace("{", "\0{\0").replace("}", "\0}\0").split("\0"):
        yield from [part] if len(part) < 2 else [part[:len(part) // 2], part[len(part) // 2:]]


FIELDS = [
    "PAGE", " NUMPAGES \\* MERGEFORMAT ", 'TOC \\o "1-3" \\h \\z \\u', 'HYPERLINK "https://example.com/?q=DDE"', "DATE",
    'TIME \\@ "HH:mm"', "AUTHOR", "FILENAME \\p", "SEQ Figure \\* ARABIC", "REF dde_1 \\h", "PAGEREF _Toc1 \\h", "STYLEREF 1",
    "MERGEFIELD Name", "IF {MERGEFIELD a} = 1 yes no", "= {PAGE} - 1", "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN",
    'INDEX \\c "2"', 'XE "DDE"', "NOTEREF a", "DOCPROPERTY Title", "CITATION a", "SYMBOL 68 \\f Wingdings", "LISTNUM",
    "{MERGEFIELD a}", 'INCLUDEPICTURE "C:\\\\a.png" \\d', "QUOTE 68 68 69",
]
WORD = [field(instruction) for instruction in FIELDS] + [
    '<w:p><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>',
    '<w:p><w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent><w:r><w:t>a</w:t></w:r></w:sdtContent></w:sdt></w:p>',
    '<w:p><w:sdt><w:sdtPr><w14:checkbox/></w:sdtPr><w:sdtContent><w:r><w:t>x</w:t></w:r></w:sdtContent></w:sdt></w:p>',
    '<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>new</w:t></w:r></w:ins><w:del w:id="2" w:author="a"><w:r><w:delText>'
    'old</w:delText></w:r></w:del></w:p>',
    '<w:p><w:del w:id="1" w:author="a">' + mark("begin") + "<w:r><w:delInstrText> PAGE </w:delInstrText></w:r>"
    + mark("end") + "</w:del></w:p>",
    "<w:p><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></w:p>",
    '<w:p><w:bookmarkStart w:id="1" w:name="DDE"/><w:r><w:t>DDEAUTO c:\\ is a text</w:t></w:r><w:bookmarkEnd w:id="1"/></w:p>',
    '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><a:graphic><a:graphicData><wps:wsp>'
    "<wps:txbx><w:txbxContent>" + field("PAGE") + "</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline>"
    "</w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent>" + field("PAGE")
    + "</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>",
    '<w:p><w:smartTag w:uri="a" w:element="b"><w:r><w:t>c</w:t></w:r></w:smartTag></w:p>',
    '<w:p><w:r><w:sym w:font="Wingdings" w:char="F04A"/><w:tab/><w:br w:type="page"/><w:noBreakHyphen/></w:r></w:p>',
]


def word():
    for number, body in enumerate(WORD):
        document = docx.Document()
        document.add_paragraph("Before")
        document.element.body.insert(1, xml(body))
        document.save(f"word-{number}.docx")
    for number, change in enumerate((fonts, pictures, tables, sections, comments, links, styles, properties)):
        document = docx.Document()
        change(document)
        document.save(f"word-{change.__name__}.docx")


def fonts(document):
    for name in ("Arial", "Noto Sans CJK", "Tahoma"):
        run = document.add_paragraph().add_run("Ünïcödé 漢字 😀")
        run.font.name, run.font.size, run.font.color.rgb = name, Pt(14), RGBColor(200, 0, 0)
        run.font.highlight_color = docx.enum.text.WD_COLOR_INDEX.YELLOW


def pictures(document):
    for kind in ("png", "jpeg", "gif", "bmp"):
        document.add_picture(f"picture.{kind}", width=Cm(2))


def tables(document):
    table = document.add_table(rows=30, cols=5, style="Table Grid")
    table.cell(0, 0).merge(table.cell(1, 1)).text = "merged"
    table.cell(3, 3).add_table(2, 2).cell(0, 0).text = "inner"


def sections(document):
    section = document.add_section(docx.enum.section.WD_SECTION.NEW_PAGE)
    section.orientation = docx.enum.section.WD_ORIENT.LANDSCAPE
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "first"
    section.footer.paragraphs[0]._p.addnext(xml(field("PAGE")))


def comments(document):
    run = document.add_paragraph("a text").runs[0]
    document.add_comment(run, text="DDE c is a comment", author="A", initials="a")


def links(document):
    for target in ("https://example.com/", "mailto:a@example.com", "file:///C:/a.docx", "ftp://example.com/a"):
        key = document.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        document.add_paragraph()._p.append(docx.oxml.parse_xml(
            f'<w:hyperlink {W} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="{key}">'
            "<w:r><w:t>there</w:t></w:r></w:hyperlink>"))


def styles(document):
    document.styles.add_style("Mine", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    for name in ("List Bullet", "List Number", "Quote", "Heading 1", "Mine"):
        document.add_paragraph(name, style=name)


def properties(document):
    document.core_properties.author, document.core_properties.keywords = "DDE", "macro:a"
    document.core_properties.created = datetime.datetime(2020, 1, 1)


CHARTS = [openpyxl.chart.BarChart, openpyxl.chart.LineChart, openpyxl.chart.PieChart, openpyxl.chart.AreaChart,
          openpyxl.chart.ScatterChart, openpyxl.chart.DoughnutChart, openpyxl.chart.RadarChart, openpyxl.chart.BubbleChart]
FORMULAS = ["=SUM(A1:A9)", '="a|b"&"DDE("', "='a|b'!A1", "=VLOOKUP(1,A:B,2,FALSE)", "={1,2;3,4}", "=IFERROR(A1/0,\"x\")",
            "=_xlfn.XLOOKUP(1,A:A,B:B)", "=[1]Sheet1!A1", "=HYPERLINK(\"https://example.com/\",\"a\")", "=DDEX(1)"]


def workbook():
    book = openpyxl.Workbook()
    for row in range(1, 20):
        book.active.append([row, row * row, 20 - row])
    book.create_sheet("a|b")
    return book, book.active


def excel():
    for number, kind in enumerate(CHARTS):
        book, sheet = workbook()
        chart = kind()
        values = openpyxl.chart.Reference(sheet, min_col=2, min_row=1, max_row=9)
        if kind in (openpyxl.chart.ScatterChart, openpyxl.chart.BubbleChart):
            first = openpyxl.chart.Reference(sheet, min_col=1, min_row=1, max_row=9)
            sizes = {"zvalues": values} if kind is openpyxl.chart.BubbleChart else {}
            chart.series.append(openpyxl.chart.Series(values, first, title="s", **sizes))
        else:
            chart.add_data(values)
        sheet.add_chart(chart, "E2")
        book.save(f"excel-chart-{number}.xlsx")
    for number, formula in enumerate(FORMULAS):
        book, sheet = workbook()
        sheet["E1"] = formula
        book.save(f"excel-formula-{number}.xlsx")
    for change in (comment, validation, conditions, named, table, protected, image, look, hyperlinks):
        book, sheet = workbook()
        change(book, sheet)
        book.save(f"excel-{change.__name__}.xlsx")


def comment(_, sheet):
    sheet["A1"].comment = openpyxl.comments.Comment("cmd|' /c calc'!A0", "a")


def validation(_, sheet):
    for formula in ('"a|b,it\'s"', "$A$1:$A$9"):
        rule = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1=formula)
        rule.add("D1")
        sheet.add_data_validation(rule)


def conditions(_, sheet):
    sheet.conditional_formatting.add("A1:A9", openpyxl.formatting.rule.FormulaRule(formula=['A1="a|b"']))
    sheet.conditional_formatting.add("B1:B9", openpyxl.formatting.rule.ColorScaleRule("min", None, "FF0000", "max", None, "00FF00"))


def named(book, _):
    book.defined_names["dde"] = openpyxl.workbook.defined_name.DefinedName("dde", attr_text="'a|b'!$A$1")


def table(_, sheet):
    sheet["A1"], sheet["B1"], sheet["C1"] = "a|b", "it's", "DDE("
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="T", ref="A1:C9"))


def protected(book, sheet):
    sheet.protection.set_password("a")
    book.security.lockStructure = True


def image(_, sheet):
    sheet.add_image(openpyxl.drawing.image.Image("picture.png"), "F1")


def look(_, sheet):
    sheet["A1"].font = openpyxl.styles.Font(name="Arial", bold=True, color="FF0000")
    sheet["A1"].number_format = '0.00" | "'
    sheet.merge_cells("A3:B4")
    sheet.freeze_panes = "B2"


def hyperlinks(_, sheet):
    sheet["A1"].hyperlink, sheet["A2"].hyperlink = "https://example.com/", "#'a|b'!A1"


def xlsx_writer():
    features = {
        "sparkline": lambda book, sheet: sheet.add_sparkline("F1", {"range": "one!A1:A9"}),
        "textbox": lambda book, sheet: sheet.insert_textbox("B2", "a|b", {"textlink": "=$A$1"}),
        "checkbox": lambda book, sheet: sheet.insert_checkbox("A1", True),
        "button": lambda book, sheet: sheet.insert_button("B3", {"caption": "DDE"}),
        "rich": lambda book, sheet: sheet.write_rich_string("A1", book.add_format({"bold": True}), "a", " | b"),
        "array": lambda book, sheet: sheet.write_dynamic_array_formula("A1", "=SORT(B1:B9)"),
        "external": lambda book, sheet: sheet.write_formula("A1", "='C:\\a\\[b.xlsx]c|d'!A1"),
        "embedded": lambda book, sheet: sheet.embed_image("A1", "picture.png"),
        "header": lambda book, sheet: sheet.set_header("&L&G", {"image_left": "picture.png"}),
        "background": lambda book, sheet: sheet.set_background("picture.png"),
        "filter": lambda book, sheet: sheet.autofilter("A1:C9"),
        "outline": lambda book, sheet: sheet.set_row(1, None, None, {"level": 1}),
        "notes": lambda book, sheet: sheet.write_comment("A1", "=cmd|' '!A0", {"visible": True}),
        "conditional": lambda book, sheet: sheet.conditional_format("A1:A9", {"type": "data_bar", "data_bar_2010": True}),
        "icons": lambda book, sheet: sheet.conditional_format("A1:A9", {"type": "icon_set", "icon_style": "3_arrows"}),
        "names": lambda book, sheet: book.define_name("DDE", "=one!$A$1"),
        "lists": lambda book, sheet: sheet.data_validation("A1", {"validate": "list", "source": ["DDE(1)", "a|b"]}),
        "lambda": lambda book, sheet: sheet.write_formula("A1", "=LAMBDA(x, x+1)(2)"),
        "properties": lambda book, sheet: book.set_custom_property("DDE", "cmd|a"),
        "print": lambda book, sheet: sheet.print_area("A1:C9"),
    }
    for name, change in features.items():
        book = xlsxwriter.Workbook(f"writer-{name}.xlsx")
        sheet = book.add_worksheet("one")
        sheet.write_column("C1", range(9))
        change(book, sheet)
        book.close()
    for kind in ("area", "bar", "column", "line", "pie", "doughnut", "scatter", "stock", "radar"):
        book = xlsxwriter.Workbook(f"writer-chart-{kind}.xlsx")
        sheet = book.add_worksheet("one")
        sheet.write_column("A1", range(1, 10))
        chart = book.add_chart({"type": kind})
        for _ in range(3 if kind == "stock" else 1):
            chart.add_series({"values": "=one!$A$1:$A$9", "categories": "=one!$A$1:$A$9", "trendline": None})
        chart.set_title({"name": "a | DDE("})
        sheet.insert_chart("C1", chart)
        book.close()


def powerpoint():
    changes = {
        "notes": lambda deck, slide: setattr(slide.notes_slide.notes_text_frame, "text", "ppaction://program"),
        "table": lambda deck, slide: slide.shapes.add_table(4, 4, 0, 0, Inches(4), Inches(2)),
        "picture": lambda deck, slide: slide.shapes.add_picture("picture.jpeg", 0, 0),
        "film": lambda deck, slide: slide.shapes.add_movie("picture.gif", 0, 0, Inches(1), Inches(1), mime_type="video/mp4"),
        "line": lambda deck, slide: slide.shapes.add_connector(MSO_CONNECTOR.ELBOW, 0, 0, Inches(1), Inches(1)),
        "group": lambda deck, slide: slide.shapes.add_group_shape().shapes.add_textbox(0, 0, Inches(1), Inches(1)),
        "jump": lambda deck, slide: setattr(
            slide.shapes.add_shape(MSO_SHAPE.OVAL, 0, 0, Inches(1), Inches(1)).click_action, "target_slide", slide),
        "web": lambda deck, slide: setattr(
            slide.shapes.add_shape(MSO_SHAPE.STAR_5_POINT, 0, 0, Inches(1), Inches(1)).click_action.hyperlink, "address",
            "https://example.com/"),
        "freeform": lambda deck, slide: slide.shapes.build_freeform(0, 0).add_line_segments([(9, 9), (9, 0)]).convert_to_shape(),
        "properties": lambda deck, slide: setattr(deck.core_properties, "title", "macro:a"),
    }
    for name, change in changes.items():
        deck = pptx.Presentation()
        change(deck, deck.slides.add_slide(deck.slide_layouts[5]))
        deck.save(f"deck-{name}.pptx")
    for kind in ("BAR_CLUSTERED", "LINE", "PIE", "AREA", "RADAR", "DOUGHNUT"):
        deck = pptx.Presentation()
        data = pptx.chart.data.CategoryChartData()
        data.categories = ["a|b", "DDE("]
        data.add_series("s", (1, 2))
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        slide.shapes.add_chart(getattr(XL_CHART_TYPE, kind), 0, 0, Inches(4), Inches(3), data)
        deck.save(f"deck-chart-{kind.lower()}.pptx")
    for number in range(11):
        deck = pptx.Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[number])
        for shape in slide.placeholders:
            if shape.has_text_frame:
                shape.text_frame.text = "text"
        deck.save(f"deck-layout-{number}.pptx")


def paragraph(*children, **attributes):
    made = odf.text.P(**attributes)
    for child in children:
        made.addElement(child)
    return made


def office_text(name, *children):
    document = odf.opendocument.OpenDocumentText()
    for child in children:
        document.text.addElement(child)
    document.save(f"text-{name}.odt")


def open_document():
    for name, made in {
        "link": odf.text.A(href="https://example.com/macro:a", text="a"), "mail": odf.text.A(href="mailto:a@example.com"),
        "inner": odf.text.A(href="#script|outline"), "page": odf.text.PageNumber(selectpage="current"),
        "date": odf.text.Date(), "title": odf.text.Title(), "note": note(), "span": odf.text.Span(text="DDE macro:"),
        "break": odf.text.LineBreak(), "bookmark": odf.text.Bookmark(name="dde"), "remark": remark(),
        "sequence": odf.text.Sequence(name="a", formula="ooow:a+1|2"), "space": odf.text.S(c=9), "tab": odf.text.Tab(),
        "variable": odf.text.UserFieldGet(name="a"), "hidden": odf.text.HiddenText(condition="ooow:a == 1", stringvalue="b"),
    }.items():
        office_text(name, paragraph(made))
    office_text("heading", odf.text.H(outlinelevel=1, text="A heading"))
    office_text("section", odf.text.Section(name="a"))
    items = odf.text.List()
    items.addElement(odf.text.ListItem())
    office_text("list", items)
    office_text("index", odf.text.TableOfContent(name="a"))
    for name, formula in (("sum", "of:=SUM([.A1:.A2])"), ("text", 'of:="a|b"&"DDE("'), ("name", "of:=['a|b'.A1]"), ("list", "of:={1;2|3;4}")):
        sheet = odf.opendocument.OpenDocumentSpreadsheet()
        sheet_table, row = odf.table.Table(name="a|b"), odf.table.TableRow()
        cell = odf.table.TableCell(valuetype="float", value="1", formula=formula)
        cell.addElement(paragraph(text="1"))
        row.addElement(cell)
        sheet_table.addElement(row)
        sheet.spreadsheet.addElement(sheet_table)
        sheet.save(f"sheet-{name}.ods")
    for name, event in (("next", {"action": "next-page"}), ("show", {"action": "show", "href": "#page1"}), ("sound", {"action": "sound"})):
        deck = odf.opendocument.OpenDocumentPresentation()
        layout = odf.style.PageLayout(name="l")
        deck.automaticstyles.addElement(layout)
        master = odf.style.MasterPage(name="m", pagelayoutname="l")
        deck.masterstyles.addElement(master)
        page = odf.draw.Page(masterpagename="m", name="page1")
        frame = odf.draw.Frame(width="2cm", height="2cm", x="1cm", y="1cm")
        frame.addElement(odf.draw.Image(href=deck.addPicture("picture.png")))
        listeners = odf.office.EventListeners()
        listeners.addElement(odf.presentation.EventListener(eventname="dom:click", **event))
        frame.addElement(listeners)
        page.addElement(frame)
        deck.presentation.addElement(page)
        deck.save(f"show-{name}.odp")


def note():
    made = odf.text.Note(noteclass="footnote", id="n")
    body = odf.text.NoteBody()
    body.addElement(paragraph(text="macro:a"))
    made.addElement(odf.text.NoteCitation(text="1"))
    made.addElement(body)
    return made


def remark():
    made = odf.office.Annotation()
    made.addElement(odf.dc.Creator(text="a"))
    made.addElement(paragraph(text="DDE"))
    return made


def converted(program):
    """Converts every tenth document with LibreOffice."""
    formats = {"docx": ["odt", "docx", "doc"], "odt": ["odt", "docx", "doc"], "xlsx": ["ods", "xlsx", "xls"],
               "ods": ["ods", "xlsx", "xls"], "pptx": ["odp", "pptx", "ppt"], "odp": ["odp", "pptx", "ppt"]}
    for kind, targets in formats.items():
        sources = sorted(map(str, pathlib.Path(".").glob(f"*.{kind}")))[::3]
        for target in targets:
            subprocess.run([program, "-env:UserInstallation=file://" + str(pathlib.Path("profile").absolute()), "--headless",
                            "--convert-to", target, "--outdir", f"made-{target}-of-{kind}", *sources],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
            for made in pathlib.Path(f"made-{target}-of-{kind}").glob("*"):
                made.rename(f"office-{kind}-{made.name}")


word()
excel()
xlsx_writer()
powerpoint()
open_document()
if "--office-program" in sys.argv:
    converted(sys.argv[sys.argv.index("--office-program") + 1])
