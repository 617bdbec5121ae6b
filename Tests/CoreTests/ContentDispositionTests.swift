import Core
import Foundation
import TestSupport
import Testing

@Suite struct ContentDispositionTests {
  private func header(_ name: String) -> String { ContentDisposition(named: name).description }

  @Test func `a plain name is quoted, and has no other form`() {
    #expect(header("report 2026.pdf") == "attachment; filename=\"report 2026.pdf\"")
    #expect(ContentDisposition(.inline, named: "a;b,c'd.pdf").description == "inline; filename=\"a;b,c'd.pdf\"")
  }

  @Test func `every other name has an ASCII fallback and a percent-encoded form`() {
    #expect(header("süß €.pdf") == "attachment; filename=\"s__ _.pdf\"; filename*=UTF-8''s%C3%BC%C3%9F%20%E2%82%AC.pdf")
    #expect(header("a\"b\\c.pdf") == "attachment; filename=\"a_b_c.pdf\"; filename*=UTF-8''a%22b%5Cc.pdf")
    #expect(header("50%.pdf") == "attachment; filename=\"50_.pdf\"; filename*=UTF-8''50%25.pdf")
    #expect(header("x\u{1}*'()") == "attachment; filename=\"x_*'()\"; filename*=UTF-8''x%01%2A%27%28%29")
  }

  @Test func `no name can end the header or a parameter early, and clients decode the original name`() throws {
    for name in try HostileNames.own + (HostileNames.corpus() ?? []) {
      let header = header(name)
      #expect(header.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(header)")
      let match = try #require(
        header.wholeMatch(of: /attachment; filename="([^"\\%]*)"(?:; filename\*=UTF-8''([A-Za-z0-9!#$&+\-.^_`|~%]*))?/),
        "\(header)"
      )
      guard let encoded = match.2 else {
        #expect(match.1.utf8.elementsEqual(name.utf8))
        continue
      }
      #expect(encoded.percentDecodedBytes == Array(name.utf8), "\(header)")
    }
  }
}
