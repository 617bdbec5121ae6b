"""variants.py SEED COUNT: writes COUNT documents into the current folder, most with active content, and `oracle.json`:
for each document whether an independent reader sees it act, and its recipe.

Each begins as the output of a real program, gets active content (or a decoy), and is then spelled in another way:
other prefixes, editions, encodings, white space, wrappers, places, and foreign names around it.
"""

import io
import json
import random
import re
import sys
import zipfile

import docx
import odf.opendocument
import odf.table
import odf.text
import openpyxl
import pptx

import reader

W, W_STRICT = reader.W
FOREIGN = 'xmlns:z="urn:z" xmlns:y="urn:y" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONSHIPS = "http://purl.oclc.org/ooxml/officeDocument/relationships"


def saved(document):
    output = io.BytesIO()
    document.save(output)
    with zipfile.ZipFile(output) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def bases():
    text = docx.Document()
    text.add_paragraph("A text")
    text.sections[0].header.paragraphs[0].text = "Header"
    book = openpyxl.Workbook()
    book.active["A1"] = "=1+1"
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5])
    writer = odf.opendocument.OpenDocumentText()
    writer.text.addElement(odf.text.P(text="A text"))
    calc = odf.opendocument.OpenDocumentSpreadsheet()
    table = odf.table.Table(name="t")
    row = odf.table.TableRow()
    row.addElement(odf.table.TableCell(valuetype="float", value="1"))
    table.addElement(row)
    calc.spreadsheet.addElement(table)
    show = odf.opendocument.OpenDocumentPresentation()
    made = {"docx": text, "xlsx": book, "pptx": deck, "odt": writer, "ods": calc, "odp": show}
    return {kind: saved(document) for kind, document in made.items()}


class Variant:
    """A document under construction; every random choice is recorded."""

    def __init__(self, seed, base):
        self.random = random.Random(seed)
        self.seed = seed
        self.kind = self.random.choice(["docx"] * 4 + ["xlsx", "pptx", "odt", "ods", "odp"])
        self.parts = dict(base[self.kind])
        self.recipe = [self.kind]

    def choose(self, label, options):
        choice = self.random.choice(options)
        self.recipe.append(f"{label}={choice if len(str(choice)) < 60 else str(choice)[:57] + '...'}")
        return choice

    # Spelling

    def space(self, attribute=False):
        unit = self.choose("space", [" ", "&#32;", "&#9;", "&#xA;", "&#x20;&#x9;"] + ([] if attribute else ["\n", "\t"]))
        return unit * self.choose("spaces", [0, 0, 1, 3, 999, 1001, 30000])

    def spelled(self, text, attribute=False):
        """Returns the same characters as references, CDATA sections and pieces."""
        how = self.choose("spelled", ["plain", "references", "hexadecimal", "some"] + ([] if attribute else ["cdata", "comment"]))
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        if how == "references":
            return "".join(f"&#{ord(letter)};" for letter in text)
        if how == "hexadecimal":
            return "".join(f"&#x{ord(letter):04X};" for letter in text)
        if how == "some":
            return "".join(f"&#{ord(letter)};" if letter.isalnum() and self.random.random() < 0.5 else
                           letter.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;") for letter in text)
        if how == "cdata":
            middle = len(text) // 2
            return f"<![CDATA[{text[:middle]}]]><![CDATA[{text[middle:]}]]>"
        if how == "comment":
            return escaped[:1] + "<!-- PAGE --><?PAGE?>" + escaped[1:] if escaped[:1] != "&" else escaped
        return escaped

    def cased(self, word):
        return "".join(self.random.choice([letter.lower(), letter.upper()]) for letter in word)

    def decoys(self, name, value):
        """Returns attributes of foreign namespaces beside the real one."""
        before, after = self.choose("decoys", [("", ""), (f'z:{name}="{value}" ', ""), ("", f' z:{name}="{value}"'),
                                               (f'y:{name}="" ', f' z:{name}="{value}"')])
        return before, after

    # Word

    def instruction(self, acting):
        word = self.cased(self.choose("word", ["DDEAUTO", "DDE"] if acting else ["PAGE", "ADDE", "TIME", "REF DDE"]))
        return word + ' c:\\\\windows "a b"'

    def field(self, acting):
        instruction = self.instruction(acting)
        if self.choose("field", ["simple", "complex", "complex"]) == "simple":
            before, after = self.decoys("instr", "PAGE" if acting else "DDEAUTO c")
            text = self.space(True) + self.spelled(instruction, True)
            return f'<w:fldSimple {before}w:instr="{text}"{after}><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        cuts = sorted(self.random.sample(range(1, 6), self.choose("pieces", [0, 1, 2, 3])))
        pieces = [instruction[start:end] for start, end in zip([0] + cuts, cuts + [len(instruction)])]
        between = self.choose("between", [
            "", "<w:r><w:rPr><w:b/></w:rPr></w:r>", '<w:proofErr w:type="spellStart"/>', "<z:a>PAGE</z:a>",
            '<z:r><z:fldChar z:fldCharType="separate"/></z:r>', "<w:r><z:instrText>PAGE</z:instrText></w:r>",
            '<mc:AlternateContent><mc:Choice Requires="z"><w:r><w:instrText>X</w:instrText></w:r></mc:Choice></mc:AlternateContent>',
            '<w:r><y:v><w:txbxContent><w:p><w:r><w:instrText>PAGE</w:instrText></w:r></w:p></w:txbxContent></y:v></w:r>',
        ] + ([] if not acting else [
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:fldChar '
            'w:fldCharType="end"/></w:r>']))
        texts = between.join(f"<w:r><w:instrText>{self.spelled(piece)}</w:instrText></w:r>" for piece in pieces)
        mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
        start = mark.format("begin") + f'<w:r><w:instrText xml:space="preserve">{self.space()}</w:instrText></w:r>' + texts
        return start + (mark.format("separate") + "<w:r><w:t>1</w:t></w:r>" if self.choose("result", [True, False]) else "") \
            + mark.format("end")

    def wrapped(self, field):
        wrapper = self.choose("wrapper", [
            "@", "@", "<w:ins w:id='1' w:author='a'>@</w:ins>", "<w:sdt><w:sdtContent>@</w:sdtContent></w:sdt>",
            "<w:smartTag w:uri='a' w:element='b'>@</w:smartTag>", "<w:hyperlink w:anchor='a'>@</w:hyperlink>",
            "<mc:AlternateContent><mc:Choice Requires='z'>@</mc:Choice><mc:Fallback/></mc:AlternateContent>",
            "<mc:AlternateContent><mc:Choice Requires='z'/><mc:Fallback>@</mc:Fallback></mc:AlternateContent>",
            "<z:a>@</z:a>", "<w:r><y:v><w:txbxContent><w:p>@</w:p></w:txbxContent></y:v></w:r>",
            "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>IF 1 = </w:instrText></w:r>@"
            "<w:r><w:fldChar w:fldCharType='end'/></w:r>",
        ])
        return wrapper.replace("@", field)

    def word(self, acting):
        inner = f"<w:p>{self.wrapped(self.field(acting))}</w:p>"
        story = self.choose("story", ["document", "header1", "footnotes"])
        names = f'xmlns:w="{W}" {FOREIGN} mc:Ignorable="z y" mc:ProcessContent="z:a"'
        if story == "document":
            text = self.parts["word/document.xml"].decode()
            text = re.sub(r'(<w:document\b[^>]*?) mc:Ignorable="[^"]*"', r"\1", text)
            known = [word for word in FOREIGN.split() if word.split("=")[0] + "=" not in text]
            text = text.replace("<w:document ", f'<w:document {" ".join(known)} mc:Ignorable="z y" mc:ProcessContent="z:a" ', 1)
            text = text.replace("<w:sectPr", inner + "<w:sectPr", 1)
        elif story == "header1":
            text = f'<?xml version="1.0"?><w:hdr {names}>{inner}</w:hdr>'
        else:
            text = f'<?xml version="1.0"?><w:footnotes {names}><w:footnote w:id="2">{inner}</w:footnote></w:footnotes>'
        place = f"word/{story}.xml"
        if story == "footnotes":
            place = self.choose("place", ["word/footnotes.xml", "word/a/notes.bin", "notes.xml"])
            target = {"word/footnotes.xml": "footnotes.xml", "word/a/notes.bin": "a/n%6Ftes.bin", "notes.xml": "../notes.xml"}[place]
            self.relate("word/_rels/document.xml.rels", "footnotes", target)
        self.parts[place] = self.encoded(self.respelled(text, W, W_STRICT, "w"))

    # Workbooks and slides

    def sheet(self, acting):
        formula = self.choose("formula", ["DDE(\"c\",\"a\",\"b\")", "cmd|'/c calc'!A0", "1+cmd|'a'!A0", "dde (1,2,3)"]
                              if acting else ['"a|b"&"DDE("', "'a|b'!A1", "SUM(A1:B2)", "DDEX(1)"])
        text = self.space() + self.spelled(formula)
        element = self.choose("element", ["f", "formula", "formula1", "definedName", "x14", "dde"])
        sheet = self.parts["xl/worksheets/sheet1.xml"].decode()
        book = self.parts["xl/workbook.xml"].decode()
        if element == "f":
            inner = self.choose("inside", ["@", "@<z:a xmlns:z='urn:z'>A1</z:a>", "<z:a xmlns:z='urn:z'/>@"]).replace("@", text)
            sheet = re.sub(r"<f>.*?</f>", lambda _: f"<f>{inner}</f>", sheet)
        elif element in ("formula", "formula1"):
            sheet = sheet.replace("</worksheet>", f"<{element}>{text}</{element}></worksheet>")
        elif element == "x14":
            sheet = sheet.replace("</worksheet>", f'<extLst><ext><xm:f xmlns:xm="{reader.S[2]}">{text}</xm:f></ext></extLst></worksheet>')
        elif element == "definedName":
            book = re.sub(r"<definedNames\s*/>|(?=<calcPr)", f"<definedNames><definedName name='a'>{text.replace(chr(92), '')}"
                          "</definedName></definedNames>", book, count=1)
        elif acting:
            self.parts["xl/externalLinks/externalLink1.xml"] = self.encoded(self.respelled(
                f'<?xml version="1.0"?><externalLink xmlns="{reader.S[0]}"><ddeLink ddeService="c" ddeTopic="t"/></externalLink>',
                reader.S[0], reader.S[1], ""))
            self.relate("xl/_rels/workbook.xml.rels", "externalLink", "externalLinks/externalLink1.xml")
        self.parts["xl/worksheets/sheet1.xml"] = self.encoded(self.respelled(sheet, reader.S[0], reader.S[1], ""))
        self.parts["xl/workbook.xml"] = self.encoded(book)

    def slide(self, acting):
        action = self.choose("action", ["ppaction://program", "PPACTION://Macro?name=a"] if acting else
                             ["ppaction://hlinkshowjump?jump=nextslide", "ppaction://ole?verb=0"])
        before, after = self.decoys("action", "ppaction://noaction" if acting else "ppaction://program")
        element = self.choose("element", ["hlinkClick", "hlinkMouseOver", "hlinkHover"])
        made = f'<a:{element} {before}action="{self.spelled(action, True)}"{after} xmlns:z="urn:z" xmlns:y="urn:y"/>'
        made = self.choose("wrapper", ["@", "<z:a xmlns:z='urn:z'>@</z:a>"]).replace("@", made)
        path = self.choose("part", ["ppt/slides/slide1.xml", "ppt/slideLayouts/slideLayout6.xml", "ppt/slideMasters/slideMaster1.xml"])
        text = self.parts[path].decode()
        text = re.sub(r"(<p:cNvPr [^>]*?)/>", lambda match: f"{match[1]}>{made}</p:cNvPr>", text, count=1)
        self.parts[path] = self.encoded(self.respelled(text, reader.A[0], reader.A[1], "a"))

    def relationship(self, acting):
        kind = self.choose("kind", ["attachedTemplate", "oleObject", "frame"] if acting else ["hyperlink", "image"])
        owner = {"docx": "word/_rels/document.xml.rels", "xlsx": "xl/worksheets/_rels/sheet1.xml.rels",
                 "pptx": "ppt/_rels/presentation.xml.rels"}[self.kind]
        self.relate(owner, kind, self.spelled("https://a.example/b", True), True)

    def relate(self, path, kind, target, external=False):
        edition = self.choose("edition", [RELATIONSHIPS, STRICT_RELATIONSHIPS])
        before, after = self.decoys("Target", "a.png") if external else ("", "")
        mode = self.choose("mode", ['TargetMode="External"', 'z:TargetMode="Internal" TargetMode="External"']) if external else ""
        made = f'<Relationship xmlns:z="urn:z" xmlns:y="urn:y" Id="rV{len(self.recipe)}" Type="{edition}/{kind}" ' \
            f'{before}Target="{target}"{after} {mode}/>'
        text = self.parts.get(path, f'<?xml version="1.0"?><Relationships xmlns="{reader.RELATIONSHIPS}"></Relationships>'.encode()).decode()
        self.parts[path] = text.replace("</Relationships>", made + "</Relationships>").encode()

    # OpenDocument

    def open_document(self, acting):
        link = self.choose("link", ["vnd.sun.star.script:a?language=Basic", "macro:///A.B.C()", ".uno:Open", "SERVICE:a",
                                    "Vnd.Sun.Star.Script:a", "javascript:a", "%6Dacro:a", "slot:5500"]
                           if acting else ["https://a.example/macro:b", "#script:a", "../a.odt", "mailto:macro@a.example"])
        link = self.space(True) + self.spelled(link, True)
        # A link to a script counts in any namespace, so href is no decoy.
        before, after = self.decoys("href", "#a")
        made = self.choose("element", [
            f'<text:a {before}xlink:href="{link}"{after}>b</text:a>', f'<draw:a {before}xlink:href="{link}"{after}/>',
            f'<form:button xlink:href="{link}"/>',
        ] + ([
            f'<script:event-listener script:event-name="dom:load" {before}xlink:href="{link}"{after}/>',
            '<script:event-listener z:macro-name="" script:macro-name="A.B"/>', '<office:script script:language="ooo:Basic"/>',
            '<presentation:event-listener presentation:action="execute" z:action="show" xlink:href="a.exe"/>',
            '<text:execute-macro text:name="A.B"/>', '<office:dde-source office:dde-application="c"/>',
            '<text:dde-connection-decl office:dde-application="c"/>',
            '<table:table-cell z:formula="1" table:formula="of:=DDE(&quot;c&quot;;&quot;a&quot;;&quot;b&quot;)"/>',
            '<table:named-expression table:expression="dde(1;2;3)"/>',
        ] if acting else [
            '<presentation:event-listener presentation:action="next-page" z:action="execute"/>',
            '<table:table-cell table:formula="of:=SUM([.A1:.A2])" z:formula="of:=SUM(1)"/>',
        ]))
        version = self.choose("version", ["1.0", "1.0", "1.1", "1.3", "old"])
        spaces = {word: f"http://openoffice.org/2000/{word}" if version == "old" else f"{reader.ODF}{word}:{version}"
                  for word in ("text", "draw", "form", "script", "presentation", "office", "table")}
        used = {word: prefix for word, prefix in ((word, self.random.choice([word, "n" + word])) for word in spaces)}
        for word, prefix in used.items():
            made = re.sub(rf"(?<=[</ ]){word}:", prefix + ":", made)
        names = "".join(f' xmlns:{used[word]}="{uri}"' for word, uri in spaces.items())
        made = f'<a{names} xmlns:xlink="{reader.XLINK}" xmlns:z="urn:z" xmlns:y="urn:y">{made}</a>'
        part = self.choose("part", ["content.xml", "styles.xml", "Object 1/content.xml", "Object 1/styles.xml"])
        text = self.parts.get(part, f'<?xml version="1.0"?><o:c xmlns:o="{reader.ODF}office:1.0"></o:c>'.encode()).decode()
        end = text.rindex("</")
        self.parts[part] = self.encoded(text[:end] + made + text[end:])

    def library(self, acting):
        link = self.choose("library", ['library:link="true"', 'library:link="false" xlink:href="https://a.example/b.xlb"']
                           if acting else ['library:link="false"'])
        self.parts[self.choose("list", ["Basic/script-lc.xml", "Basic/dialog-lc.xml"])] = self.encoded(
            f'<?xml version="1.0"?><library:libraries xmlns:library="http://openoffice.org/2000/library" '
            f'xmlns:xlink="{reader.XLINK}"><library:library library:name="S" {link}/></library:libraries>')

    # The file

    def respelled(self, text, space, strict, prefix):
        """Replaces the prefix of a namespace, or the namespace by its other edition."""
        if self.choose("edition", [False, False, True]):
            text = text.replace(f'"{space}"', f'"{strict}"')
        other = self.choose("prefix", [None, None, "q", "W"])
        if other and prefix:
            text = re.sub(rf"(</?){prefix}:", rf"\1{other}:", text)
            text = re.sub(rf"(\s){prefix}:(?=[A-Za-z]+=)", rf"\1{other}:", text).replace(f"xmlns:{prefix}=", f"xmlns:{other}=")
        return text

    def encoded(self, text):
        encoding = self.choose("encoding", ["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "iso-8859-1", "us-ascii"])
        text = re.sub(r"^<\?xml[^>]*\?>", "", text)
        named = {"utf-8-sig": "UTF-8", "utf-16-be": "UTF-16"}.get(encoding, encoding.upper())
        text = f'<?xml version="1.0" encoding="{named}"?>' + text
        if encoding == "utf-16-be":
            return b"\xfe\xff" + text.encode("utf-16-be")
        return text.encode(encoding, "xmlcharrefreplace" if encoding in ("iso-8859-1", "us-ascii") else "strict")

    def write(self, path):
        stored = self.choose("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
        names = list(self.parts)
        if "mimetype" not in names and self.choose("order", [False, True]):
            self.random.shuffle(names)
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else stored
                archive.writestr(entry, self.parts[name])

    def make(self):
        acting = self.acting = self.choose("acting", [True, True, True, False])
        makers = {"docx": [self.word] * 5 + [self.relationship], "xlsx": [self.sheet] * 3 + [self.relationship],
                  "pptx": [self.slide] * 3 + [self.relationship]}.get(self.kind, [self.open_document] * 5 + [self.library])
        self.random.choice(makers)(acting)


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    base = bases()
    oracle = {}
    for number in range(count):
        variant = Variant(seed * 100_000 + number, base)
        variant.make()
        path = f"{number}.{variant.kind}"
        variant.write(path)
        recipe = f"seed {variant.seed}: " + ", ".join(variant.recipe)
        oracle[path] = {"acts": reader.acts(path), "meant": variant.acting, "recipe": recipe}
    with open("oracle.json", "w") as file:
        json.dump(oracle, file)


main()
