import Core
import Testing

/// The type that a claim's media type and name stand for.
@Suite struct ClaimedTypeTests {
  private func type(_ contentType: String, _ name: String, plain: [String] = []) throws -> String {
    let policy = UploadPolicy(plainTypes: try plain.map { try PlainType(setting: $0) })
    return try UploadClaim(filename: name, size: 1, contentType: contentType, policy: policy).type.contentType
  }

  private func refusal(_ contentType: String, _ name: String, plain: [String] = []) throws -> StorageError? {
    do {
      _ = try type(contentType, name, plain: plain)
      return nil
    } catch let error as StorageError {
      return error
    }
  }

  @Test(arguments: [
    ("IMAGE/JPEG", "image/jpeg"), ("image/png;charset=UTF-8", "image/png"), (" Image/Gif ; a=\"b;c\"", "image/gif"),
    ("image/jpg", "image/jpeg"), ("image/pjpeg", "image/jpeg"), ("image/x-citrix-jpeg", "image/jpeg"),
    ("image/x-png", "image/png"), ("image/vnd.mozilla.apng", "image/png"), ("application/x-pdf", "application/pdf"),
    ("application/acrobat", "application/pdf"), ("application/x-msexcel", "application/vnd.ms-excel"),
    ("application/mspowerpoint", "application/vnd.ms-powerpoint"), ("application/x-msword", "application/msword"),
  ])
  func `media types have no case, ignore parameters and have other names`(claimed: String, expected: String) throws {
    #expect(try type(claimed, "name") == expected)
  }

  @Test(arguments: ["", "application/octet-stream", "binary/octet-stream", "*/*", "application/x-download; a=b"])
  func `the extension determines the type if the client does not know the type`(claimed: String) throws {
    #expect(try type(claimed, "a.PJP") == "image/jpeg" && type(claimed, "b.xlsx").hasSuffix("spreadsheetml.sheet"))
    guard case .typeNotAllowed(_, UploadPolicy().contentTypes) = try refusal(claimed, "a") else {
      Issue.record("accepted")
      return
    }
    #expect(try type(claimed, "a.csv", plain: ["text/csv"]) == "text/csv")
  }

  @Test(arguments: ["application/zip", "application/x-zip-compressed"])
  func `some browsers call a document by its container`(claimed: String) throws {
    #expect(try type(claimed, "a.docx").hasSuffix("wordprocessingml.document"))
    #expect(try type(claimed, "a.docx", plain: ["application/zip"]).hasSuffix("wordprocessingml.document"))
    #expect(try type("image/*", "a.png") == "image/png")
    #expect(try refusal("image/*", "a.pdf") != nil)
  }

  @Test(arguments: [
    ("application/vnd.ms-excel", "list.csv", "text/csv", "application/vnd.ms-excel"),
    ("image/jpeg", "photo.png", "image/png", "image/jpeg"), ("image/png", "a.JPG", "image/jpeg", "image/png"),
    ("application/msword", "a.docx", "wordprocessingml.document", "application/msword"),
    ("application/pdf", "notes.txt", "text/plain", "application/pdf"),
  ])
  func `a name with the extension of another type is refused, and both are named`(
    claimed: String,
    name: String,
    first: String,
    second: String
  ) throws {
    let error = try #require(try refusal(claimed, name))
    guard case .typeContradicted(let detail, let accepted) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(detail.hasPrefix("filename: .") && detail.contains(first) && detail.contains(second))
    #expect(accepted == UploadPolicy().contentTypes)
  }

  @Test(arguments: ["photo", "photo.2026", "photo.", "photo.png ", "setup.exe", "a.käse", "photo.tar.jpe"])
  func `a name with its type's extension, with none, or with an unknown one is accepted`(name: String) throws {
    #expect(try type("image/jpeg", name) == "image/jpeg")
  }

  @Test(arguments: [
    ("application/vnd.ms-excel", "a.csv", "text/csv"), ("text/plain", "a.csv", "text/csv"),
    ("text/x-csv; charset=utf-8", "a.csv", "text/csv"), ("", "a.CSV", "text/csv"), ("text/csv", "a", "text/csv"),
    ("application/x-zip-compressed", "a.zip", "application/zip"), ("audio/mp3", "a.mp3", "audio/mpeg"),
    ("video/*", "a.mp4", "video/mp4"), ("application/x-foo", "a.foo", "application/x-foo"),
    ("application/octet-stream", "a.foo", "application/x-foo"), ("text/markdown", "README.md", "text/plain"),
  ])
  func `a plain type is accepted if it is configured`(claimed: String, name: String, expected: String) throws {
    let plain = [
      "text/csv", "application/zip", "audio/mpeg", "video/mp4", "text/plain=txt+md", "application/x-foo=foo",
    ]
    #expect(try type(claimed, name, plain: plain) == expected)
    #expect(try refusal(claimed, name) != nil)
  }

  @Test(arguments: ["a.txt", "a.exe", "a.2026", "a.pdf"])
  func `the extension of a plain file must belong to its type`(name: String) throws {
    #expect(try refusal("text/csv", name, plain: ["text/csv"]) != nil)
  }
}
