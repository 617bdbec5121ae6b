import Core
import Testing

@Suite struct FileNameTests {
  @Test(arguments: [
    "\u{200F}שלום.pdf", "שלום.pdf\u{200E}", "\u{FEFF}\u{200F}\u{200E}שלום.pdf\u{200F}\u{FEFF}",
    "שלום\u{200F}.pdf", "\u{200F}שלום\u{200E}.\u{200E}pdf",
  ])
  func `direction marks at the ends, and beside the dot of the extension, are removed`(name: String) throws {
    #expect(try FileName(name).description == "שלום.pdf")
  }

  @Test(arguments: [
    ("ab\u{202E}gpj.exe", "filename: must not contain U+202E (right-to-left override) at character 3"),
    ("\u{200F}a\u{2066}b", "filename: must not contain U+2066 (left-to-right isolate) at character 3"),
    ("a\u{200E}b", "filename: must not contain U+200E (left-to-right mark) at character 2"),
    ("a\nb", "filename: must not contain U+000A (line feed) at character 2"),
    ("\u{0}", "filename: must not contain U+0000 (nul) at character 1"),
    ("é\u{7F}", "filename: must not contain U+007F (delete) at character 2"),
    ("\u{202A}a", "filename: must not contain U+202A (left-to-right embedding) at character 1"),
    ("\u{200E}\u{200F}", "filename: must not be empty"), ("\u{FEFF}..", "filename: must be a plain name, not a path"),
  ])
  func `a refused character is named with its place`(name: String, message: String) {
    #expect(throws: StorageError.invalidRequest(message)) { try FileName(name) }
  }

  @Test(arguments: [("holiday.PNG", "holiday.PNG"), ("setup.exe", "setup.exe.png"), ("a.", "a..png"), ("", ".png")])
  func `the saved name has the extension of its type`(name: String, expected: String) {
    #expect(UploadType.checked(.png).savedName(name) == expected)
  }

  @Test func `a saved name has at most 255 bytes, and is cut behind a whole character`() throws {
    let png = UploadType.checked(.png)
    let family = "👩‍👩‍👧‍👦"
    for (name, expected) in [
      (String(repeating: "a", count: 255), String(repeating: "a", count: 251) + ".png"),
      (String(repeating: "ä", count: 127), String(repeating: "ä", count: 125) + ".png"),
      ("a" + String(repeating: family, count: 10), "a" + String(repeating: family, count: 10) + ".png"),
      ("abcd" + String(repeating: family, count: 10), "abcd" + String(repeating: family, count: 9) + ".png"),
      (String(repeating: "a", count: 251) + ".PNG", String(repeating: "a", count: 251) + ".PNG"),
      (String(repeating: "a", count: 300) + ".jpg", String(repeating: "a", count: 251) + ".png"),
      (String(repeating: "a", count: 300) + ".PNG", String(repeating: "a", count: 251) + ".PNG"),
      ("e" + String(repeating: "\u{301}", count: 127), "e" + String(repeating: "\u{301}", count: 125) + ".png"),
    ] {
      #expect(png.savedName(name) == expected)
      #expect(png.savedName(name).utf8.count <= 255)
    }
  }

  @Test func `the saved name of a plain file keeps its extension, or gets one`() throws {
    let csv = UploadType.plain(try PlainType(setting: "text/csv"))
    #expect(csv.savedName("a.csv") == "a.csv" && csv.savedName("Vol. 2 notes") == "Vol. 2 notes.csv")
    #expect(csv.savedName(String(repeating: "ß", count: 127)).utf8.count == 254)
    let custom = UploadType.plain(try #require(PlainType(contentType: "application/x-foo")))
    #expect(custom.savedName("a.foo") == "a.foo" && custom.savedName("a") == "a.bin")
  }
}
