"""Writes honest documents of nearly 50 MB: a text in short runs, and two workbooks of numbers."""

import random
import string
import zipfile

import docx
import openpyxl
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

r = random.Random(3)
WORDS = ["".join(r.choices(string.ascii_lowercase, k=r.randint(2, 11))) for _ in range(20_000)]


def grow(small, large, part, begin, end, pieces):
    """Copies a small document, and replaces the text from `begin` to `end` of one part by the pieces."""
    with zipfile.ZipFile(small) as old, zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as new:
        text = old.read(part)
        start, stop = text.index(begin), text.rindex(end) + len(end)
        for name in old.namelist():
            if name != part:
                new.writestr(old.getinfo(name), old.read(name))
        with new.open(part, "w", force_zip64=True) as file:
            file.write(text[:start])
            for piece in pieces:
                file.write(piece.encode())
            file.write(text[stop:])


def paragraph(number):
    runs = "".join(
        f'<w:r w:rsidRPr="00{r.getrandbits(24):06X}"><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/>'
        f'<w:sz w:val="22"/></w:rPr><w:t xml:space="preserve">{" ".join(r.choices(WORDS, k=6))} </w:t></w:r>'
        for _ in range(2)
    )
    properties = '<w:pPr><w:pStyle w:val="BodyText"/><w:spacing w:after="120"/></w:pPr>'
    return f'<w:p w:rsidR="00{r.getrandbits(24):06X}">{properties}{runs}</w:p>'


def row(number):
    cells = [f'<c r="{chr(65 + place)}{number}"><v>{r.getrandbits(14)}</v></c>' for place in range(12)]
    cells.append(f'<c r="M{number}"><f>SUM(A{number}:L{number})</f><v>{r.getrandbits(18)}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def open_row(number):
    values = [f"{r.getrandbits(22)}.{r.getrandbits(6):02}" for _ in range(14)]
    cells = (
        f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        for value in values
    )
    return f'<table:table-row>{"".join(cells)}</table:table-row>'


text = docx.Document()
text.add_paragraph("a")
text.save("small.docx")
grow("small.docx", "large.docx", "word/document.xml", b"<w:p>", b"</w:p>", map(paragraph, range(600_000)))

book = openpyxl.Workbook()
book.active["A1"] = 1
book.save("small.xlsx")
grow("small.xlsx", "large.xlsx", "xl/worksheets/sheet1.xml", b"<row", b"</row>", map(row, range(1, 520_001)))

sheets = OpenDocumentSpreadsheet()
table, line, cell = Table(name="a"), TableRow(), TableCell(valuetype="float", value="1")
cell.addElement(P(text="1"))
line.addElement(cell)
table.addElement(line)
sheets.spreadsheet.addElement(table)
sheets.save("small.ods")
grow("small.ods", "large.ods", "content.xml", b"<table:table-row>", b"</table:table-row>", map(open_row, range(290_000)))
