import Core
import TestSupport
import Testing

@testable import Documents

struct FormulaTests {
  private func workbook(_ sheet: String, named name: String = "xl/worksheets/sheet1.xml") -> OfficeFile {
    var file = OfficeFile(.xlsx)
    let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
    file.add(name, Array("<worksheet><sheetData>\(sheet)</sheetData></worksheet>".utf8), type: type)
    return file
  }

  private func escaped(_ formula: String) -> String {
    formula.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
  }

  @Test(arguments: [
    (#"DDE("cmd","/c calc","x")"#, "active"), (#"1+dde ("cmd";"/c calc";"x")"#, "active"),
    (#"IF(A1="x""DDE(",Dde("a","b","c"))"#, "active"), ("cmd|'/c calc'!A0", "active"),
    (#"RTD("a.b",,"c")"#, "active"), (#"1+rtd ("a.b","\\c.example","d")"#, "active"),
    (#"EXEC("calc")"#, "active"), (#"1+Call("a","b","c")"#, "active"), (#"REGISTER ("a","b")"#, "active"),
    ("REGISTERED(1)", "accepted"), ("EXECUTE(1)", "accepted"), ("RECALL(1)", "accepted"), ("CALL", "accepted"),
    ("RTD+1", "accepted"), ("MY_RTD(1)", "accepted"), (#""RTD("&A1"#, "accepted"),
    ("SUM(A1,cmd|'/c calc'!A0)", "active"), ("'a b'|topic!item", "active"), ("Table1['[a]+cmd|'x'!A0", "active"),
    ("[1]Sheet1!A1+cmd|x!A0", "active"), ("\"it's\"&cmd|'/c calc'!A0", "active"),
    (#"A1&"a|b"&"DDE(""#, "accepted"), (#""a""|b"&A1"#, "accepted"), ("'Sheet|1'!A1", "accepted"),
    ("'it''s|DDE('!A1", "accepted"), ("Table1[a|b]", "accepted"), ("Table1['|]", "accepted"), ("DDE+1", "accepted"),
    ("ADDE(1)", "accepted"), ("DDE2(1)", "accepted"), ("MY_DDE(1)", "accepted"), ("SUM(A1:A9)", "accepted"),
  ])
  func `a formula that starts a program is found, and one that only looks similar is not`(
    formula: String,
    expected: String
  ) {
    let text = escaped(formula)
    #expect(verdict(workbook("<row><c><f>\(text)</f><v>1</v></c></row>").bytes, as: .xlsx) == expected)
    #expect(verdict(workbook("<c><f t=\"shared\">A1</f></c><c><f>\(text)</f></c>").bytes, as: .xlsx) == expected)
    let content = "<t:table-cell xmlns:t=\"t\" t:formula=\"msoxl:=\(text)\"/>"
    let isColumn = formula.contains("Table1")
    #expect(isColumn || verdict(Document.openDocument(.ods, content: content).bytes, as: .ods) == expected)
  }

  @Test(arguments: [
    ("of:=DDE(&quot;cmd&quot;;&quot;/c calc&quot;;&quot;x&quot;)", "active"), ("oooc:=DDE(1;2;3)", "active"),
    ("=dde(1;2;3)", "active"), ("msoxl:=cmd|'/c calc'!A0", "active"), ("of:=['a]'.B1]+cmd|'x'!A0", "active"),
    ("of:={1;2|3;4}", "accepted"), ("of:=['Sheet|1'.A1]", "accepted"), ("of:=[$'a ] |'.A1]", "accepted"),
    ("msoxl:=COUNTA(T['#c])+DDE(1,2,3)", "active"), ("x:=T[&quot;]+RTD(1,,2)", "active"),
    ("msoxl:=COUNTA(T['#c])", "accepted"), ("of:=SUM([.A1:.A9])", "accepted"), ("of:=&quot;DDE(|&quot;", "accepted"),
  ])
  func `OpenDocument formulas are parsed by their own grammar`(formula: String, expected: String) {
    for attribute in ["formula", "expression"] {
      let content = "<t:any xmlns:t=\"t\" t:style=\"x|DDE(\" t:\(attribute)=\"\(formula)\"/>"
      #expect(verdict(Document.openDocument(.ods, content: content).bytes, as: .ods) == expected)
    }
  }

  @Test func `a bar between arguments is harmless in Writer, and harmful inside a text in a sheet`() {
    let content = "<t:table-cell xmlns:t=\"t\" t:formula=\"ooow:sum &lt;A1&gt;|&lt;B1&gt;\"/>"
    var archive = Document.openDocument(.odt, content: content)
    #expect(verdict(archive.bytes, as: .odt) == "accepted")
    archive.entries.append(.init("Object 1/content.xml", Document.openDocument(.ods, content: content).entries[1].data))
    #expect(verdict(archive.bytes, as: .odt) == "active")
  }

  @Test(arguments: [
    ("<f>cm<!-- a -->d&#124;'/c calc'!A0</f>", "active"), ("<f><![CDATA[DDE]]>(1)</f>", "active"),
    ("<formula1>DDE(1)</formula1>", "active"), ("<f>\"a</f><f>b|c</f>", "active"),
    ("<f><x/>DDE(1)</f>", "active"), ("<f><f/>DDE(1)</f>", "active"), ("<f>DD<x>E</x>(1)</f>", "active"),
    ("<v>cmd|'/c calc'!A0</v><is><t>DDE(1)</t></is>", "accepted"), ("<f a=\"DDE(1)\" formula=\"DDE(1)\"/>", "accepted"),
  ])
  func `a formula is the text of its element, however it is encoded`(cell: String, expected: String) {
    #expect(verdict(workbook(cell).bytes, as: .xlsx) == expected)
  }

  @Test func `a sheet is found by type, name or relationship, and defined names count as formulas`() {
    let cell = "<f>DDE(1)</f>"
    #expect(verdict(workbook(cell, named: "a/b.bin").bytes, as: .xlsx) == "active")
    var file = workbook(cell)
    file.types.removeLast()
    #expect(verdict(file.bytes, as: .xlsx) == "active")
    file.parts[1].name = "a/b.bin"
    #expect(verdict(file.bytes, as: .xlsx) == "accepted")
    let list = OfficeFile.list([OfficeFile.relationship("worksheet", "../a/./b.bin")])
    file.add("xl/_rels/workbook.xml.rels", Array(list.utf8))
    #expect(verdict(file.bytes, as: .xlsx) == "active")
    file = OfficeFile(.xlsx)
    file.parts = [("xl/workbook.xml", Array("<workbook><definedName>cmd|'/c'!A0</definedName></workbook>".utf8))]
    #expect(verdict(file.bytes, as: .xlsx) == "active")
  }

  @Test(arguments: [("", "accepted"), ("<f>DDE(1)</f>", "active")])
  func `a formula behind more others than the check keeps is found`(last: String, expected: String) throws {
    let folder = try ScratchFolder()
    try folder.write(OfficeFile(.xlsx).bytes, to: "a.xlsx")
    let program = """
      import zipfile
      with zipfile.ZipFile("a.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
          archive.writestr("xl/worksheets/a.xml", "<a>" + 310_000 * "<c><f>A1</f></c>" + "\(last)</a>")
      """
    try folder.run("python3", ["-c", program])
    #expect(verdict(try folder.bytes("a.xlsx"), as: .xlsx) == expected)
  }
}
