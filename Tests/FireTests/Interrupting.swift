import Foundation
import TestSupport
import Testing

/// Uploads the largest file through the files page in a browser, while the store is stopped and started twice and the
/// page reloads in between.
struct Interrupting {
  private static let size = 50 << 20

  private struct Page: Decodable {
    let file: String
    let state: String
    let shares: [Double]
    let outages: [Double]
    let stored: String
  }

  private let fixture: FireFixture

  init(_ fixture: FireFixture) { self.fixture = fixture }

  func run() throws {
    let folder = try ScratchFolder()
    let bytes = try Self.document()
    try #require(bytes.count == Self.size)
    let path = try folder.write(bytes, to: "large.pdf")
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/bumpy.py")
    let python = try #require(fixture.stack.environment["STOWAGE_PYTHON"])
    let page = try JSONDecoder().decode(Page.self, from: TestSupport.run(python, [script.path, path]))
    let digest = try Digest.sha256(bytes)
    #expect(page.state == "ready" && page.stored == digest)
    #expect(try fixture.stack.file(page.file).sha256 == digest)
    #expect(page.outages.count == 2)
    // The progress bar never moves backwards, even after the reload, and reaches its end.
    #expect(page.shares.count > 20 && page.shares.last == 1)
    #expect(zip(page.shares, page.shares.dropFirst()).allSatisfy { $0 <= $1 })
    print("the store was away for \(page.outages.map { Int($0) }) s, \(page.shares.count) moves of the bar")
  }

  /// Makes a PDF of exactly the size limit, mostly of incompressible bytes.
  private static func document() throws -> [UInt8] {
    let random = try #require(try FileHandle(forReadingAtPath: "/dev/urandom")?.read(upToCount: size))
    let text = random.base64EncodedString()
    let rest = Document.pdf(comment: String(text.prefix(size - 1000))).count - (size - 1000)
    return Document.pdf(comment: String(text.prefix(size - rest)))
  }
}
