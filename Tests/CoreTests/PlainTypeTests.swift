import Core
import Testing

@Suite struct PlainTypeTests {
  @Test func `a well-known type brings its extensions, and another one names them`() throws {
    #expect(try PlainType(setting: "text/csv").extensions == ["csv"])
    #expect(try PlainType(setting: "Audio/MP3") == PlainType(contentType: "audio/mpeg"))
    let custom = try PlainType(setting: "application/x-foo=Foo+fo2")
    #expect(custom.contentType == "application/x-foo" && custom.extensions == ["foo", "fo2"])
  }

  @Test(arguments: [
    "", "csv", "text/", "text/*", "text/csv;a=b", "text/c sv", "application/octet-stream", "application/x-foo",
    "application/x-foo=", "application/x-foo=.foo", "application/x-foo=a b", "application/x-foo=foo+",
    "image/png", "image/jpg", "application/pdf", "application/x-foo=pdf", "application/x-foo=exe", "text/plain=js",
    "text/html", "image/svg+xml", "application/xhtml+xml", "application/javascript", "text/javascript", "text/xml",
    "application/xml", "application/atom+xml=atom", "text/css=css", "multipart/related=mht", "message/rfc822=eml",
    "application/x-msdownload=foo", "application/java-archive=foo", "application/x-sh=foo", "text/x-python=foo",
    "application/vnd.android.package-archive=foo", "application/vnd.ms-excel.sheet.macroenabled.12=foo",
    "application/wasm=foo", "application/x-shockwave-flash=foo", "text/plain=html", "application/x-foo=svg",
  ])
  func `a type that acts, is checked or is malformed is refused with the reason`(text: String) {
    let error = #expect(throws: PlainType.SettingError.self) { try PlainType(setting: text) }
    #expect(error?.description.hasPrefix("\(text): ") == true)
  }

  @Test func `the kind of a type is image, document or plain`() throws {
    let kinds = ["image/gif", "application/pdf", "text/csv"].map { UploadType(contentType: $0)?.kind }
    #expect(kinds == [.image, .document, .plain])
    #expect(UploadType(contentType: "application/x-foo") == nil)
  }

  @Test func `the key of a plain file has an opaque extension and parses`() throws {
    let user = try #require(UserID("ada"))
    let file = try #require(FileID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
    let key = RawKey(user: user, file: file, type: .plain(try PlainType(setting: "text/csv")))
    #expect(key.description == "ada/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original.bin")
    #expect(key.kept.hasSuffix("/kept.bin") && RawKey(key.description) == key && key.type == nil)
  }

  @Test func `only images and PDF are shown inline`() throws {
    for type in ["image/png", "application/pdf"] {
      try ContentDisposition.Kind.inline.check(for: UploadType(contentType: type))
    }
    for type in ["text/plain", "video/mp4", "image/tiff", "application/msword"] {
      #expect(throws: StorageError.self) {
        try ContentDisposition.Kind.inline.check(for: UploadType(contentType: type))
      }
    }
  }

  @Test func `a renamed plain file keeps the extension of its type`() throws {
    func accepts(_ name: String, over old: String, _ type: String) throws -> Bool {
      let type = PlainType(contentType: type).map(UploadType.plain)
      do throws(StorageError) {
        try FileChange(filename: name, visibility: nil).check(against: old, of: type)
        return true
      } catch {
        return false
      }
    }
    #expect(try accepts("b.csv", over: "a.csv", "text/csv") && accepts("b", over: "a.csv", "text/csv"))
    #expect(try !accepts("b.exe", over: "a.csv", "text/csv") && !accepts("b.txt", over: "a.csv", "text/csv"))
    #expect(
      try accepts("b.foo", over: "a.foo", "application/x-foo") && !accepts("b.exe", over: "a.foo", "application/x-foo")
    )
  }
}
