"""Writes a workbook whose sheets unpack to about 480 MB of cells: workbook.py FILE"""

import sys
import zipfile

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEETS = 12
SHEET_BYTES = 40 << 20

row = "<row>" + "".join(f"<c><f>A{n}+B{n}*2</f><v>{n}</v></c>" for n in range(200)) + "</row>"
sheet = f'<worksheet xmlns="{MAIN}"><sheetData>' + row * (SHEET_BYTES // len(row)) + "</sheetData></worksheet>"
numbers = range(1, SHEETS + 1)

with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
    overrides = "".join(f'<Override PartName="/xl/s{n}.xml" ContentType="{TYPE}.worksheet+xml"/>' for n in numbers)
    book.writestr(
        "[Content_Types].xml",
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{overrides}</Types>',
    )
    book.writestr(
        "_rels/.rels",
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    book.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>')
    links = "".join(f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="s{n}.xml"/>' for n in numbers)
    book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>')
    for n in numbers:
        book.writestr(f"xl/s{n}.xml", sheet)
