import Core
import Testing

@Suite struct LinkTermsTests {
  @Test(arguments: [Int.min, -1, 0, 59, 2_592_001, Int.max])
  func `a link is valid for one minute to thirty days`(seconds: Int) {
    #expect(throws: StorageError.self) { try LinkTerms(seconds: seconds, disposition: nil) }
  }

  @Test func `by default a link is valid for seven days and downloads as an attachment`() throws {
    let usual = try LinkTerms(seconds: nil, disposition: nil)
    #expect(usual.seconds == 604_800 && usual.disposition == .attachment)
    #expect(try LinkTerms(seconds: 60, disposition: "inline").disposition == .inline)
    for word in ["", "Inline", "form-data"] {
      #expect(throws: StorageError.self) { try LinkTerms(seconds: nil, disposition: word) }
    }
  }

  @Test func `browsers show PDF, and images of every type except HEIC`() {
    func isShown(_ type: FileType?) -> Bool {
      (try? ContentDisposition.Kind.inline.check(for: type.map(UploadType.checked))) != nil
    }
    #expect(FileType.allCases.filter(isShown) == [.jpeg, .png, .webp, .gif, .avif, .pdf])
    #expect(!isShown(nil))
  }

  @Test func `a secret has 256 bits, appears in no message, and is parsed only from its exact form`() {
    let secrets = (0..<50).map { _ in LinkSecret() }
    #expect(Set(secrets).count == 50 && secrets.allSatisfy { LinkSecret($0.revealed) == $0 })
    #expect(secrets.allSatisfy { !"\($0)".contains($0.revealed) && $0.revealed.utf8.count == 64 })
    var shown = ""
    dump(secrets[0], to: &shown)
    #expect(!shown.contains(secrets[0].revealed))
    for text in [
      "", "a", secrets[0].revealed.uppercased() + "A", secrets[0].revealed + "0", String(repeating: "g", count: 64),
    ] {
      #expect(LinkSecret(text) == nil)
    }
    #expect(LinkSecret(String(repeating: "A", count: 64)) == nil, "one spelling alone opens it")
  }
}
