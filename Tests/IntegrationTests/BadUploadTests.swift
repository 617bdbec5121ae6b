import Foundation
import HTTP
import TestSupport
import Testing

/// Uploads whose bytes or requests differ from the claim.
@Suite(.enabled(if: isRunning, howToRun)) struct BadUploadTests {
  private let stack: Stack
  private let bucket: BucketView

  init() throws {
    stack = try #require(Stack.current)
    bucket = try BucketView(stack)
  }

  private func expectRejected(_ file: Stack.File, _ reason: String) throws {
    #expect(file.state == "rejected" && file.reason == reason && file.variants.isEmpty)
    try expectNothingLeft(file.id)
  }

  /// Expects no version of the object, and no variant.
  private func expectNothingLeft(_ id: String) throws {
    let end = Date.now + 60
    while try !bucket.versions(of: id).isEmpty, Date.now < end { usleep(50_000) }
    #expect(try bucket.versions(of: id) == [])
    #expect(try bucket.variants(of: id) == [])
  }

  @Test func `a PUT of another size, type or checksum, or a second one, is refused by the store`() throws {
    let photo = try Photo.jpeg(width: 200, height: 100)
    let digest = try Digest.sha256(photo)
    let ticket = try stack.ticket(size: photo.count, sha256: digest)
    #expect(try stack.put(photo + [0, 0], ticket).head.status == 403)
    #expect(try stack.put(photo, ticket, headers: ["content-type": "text/html"]).head.status == 403)
    if !StoreLimit.ofSystem.contains(.checksums) {
      #expect(try stack.put(photo, ticket, headers: ["x-amz-checksum-sha256": "AAAA"]).head.status >= 400)
      #expect(try stack.put(withOneBitTurned(photo), ticket).head.status == 400)
    }
    #expect(try bucket.versions(of: ticket.fileId) == [])
    #expect(try stack.put(photo, ticket).head.status == 200)
    let first = try #require(bucket.versions(of: ticket.fileId).first)
    let again = try stack.put(photo, ticket).head.status
    #expect(again == 412 || again == 200 && StoreLimit.ofSystem.contains(.versionConditions) && first != "null")
    #expect(try stack.settled(ticket.fileId).state == "ready")
    // If the store accepted a second PUT, that object is deleted once the first one is checked.
    let end = Date.now + 60
    while try bucket.versions(of: ticket.fileId).count > 1, Date.now < end { usleep(50_000) }
    #expect(try bucket.versions(of: ticket.fileId).count == 1)
  }

  private func withOneBitTurned(_ bytes: [UInt8]) -> [UInt8] {
    var other = bytes
    other[bytes.count / 2] ^= 1
    return other
  }

  @Test(.enabled(if: StoreLimit.ofSystem.contains(.checksums), "the store itself refuses a wrong checksum"))
  func `if the store does not verify checksums, the worker refuses a PUT of other bytes than claimed`() throws {
    let photo = try Photo.jpeg(width: 200, height: 101)
    let ticket = try stack.ticket(size: photo.count, sha256: try Digest.sha256(photo))
    #expect(try stack.put(withOneBitTurned(photo), ticket).head.status == 200)
    try expectRejected(try stack.settled(ticket.fileId), "checksum_mismatch")
  }

  @Test func `an expired URL is refused`() throws {
    let ticket = try stack.ticket(size: 10)
    let expired = ticket.put.url.replacing("X-Amz-Expires=900", with: "X-Amz-Expires=901")
    #expect(expired != ticket.put.url)
    let answer = try stack.send(
      "PUT",
      expired,
      headers: ticket.put.headers.map { ($0.key, $0.value) },
      body: Array(repeating: 0, count: 10)
    )
    #expect(answer.head.status == 403)
  }

  @Test func `HTML named jpg is not a JPEG`() throws {
    let html = Array("<html><script>alert(1)</script>\(UUID())</html>".utf8)
    try expectRejected(try stack.upload(html), "type_mismatch")
  }

  @Test func `a gzip stream named png is not a PNG`() throws {
    let gzip = [0x1F, 0x8B, 0x08] + Array(repeating: UInt8(0), count: 182)
    try expectRejected(try stack.upload(gzip, "a.png", type: "image/png"), "type_mismatch")
  }

  @Test func `a truncated PNG is unreadable`() throws {
    let png = try Photo.image("png", width: 400, height: 300)
    try expectRejected(try stack.upload(Array(png.prefix(png.count / 2)), "a.png", type: "image/png"), "unreadable")
  }

  @Test func `a PNG of 30000 by 30000 pixels in 109 kB is not decoded`() throws {
    let png = try Photo.flat("png[compression=9,bitdepth=1]", width: 30_000, height: 30_000)
    #expect(png.count < 300_000)
    try expectRejected(try stack.upload(png, "a.png", type: "image/png"), "dimensions_exceeded")
  }

  @Test func `a JPEG of 59400 by 3 pixels is not decoded`() throws {
    let jpeg = try Photo.flat("jpg", width: 59_400, height: 3)
    try expectRejected(try stack.upload(jpeg), "dimensions_exceeded")
  }

  @Test func `a valid PDF and a valid PNG with a test signature are malware`() throws {
    let mark = try #require(stack.environment["STOWAGE_TEST_SIGNATURE"])
    try expectRejected(try stack.upload(Document.pdf(comment: mark), "a.pdf", type: "application/pdf"), "malware")
    let png = try Photo.image("png", width: 64, height: 64) + Array(mark.utf8)
    try expectRejected(try stack.upload(png, "a.png", type: "image/png"), "malware")
  }

  @Test func `an image URL with an unknown component is 404 or redirects to the current one`() throws {
    let file = try stack.upload(try Photo.jpeg(width: 160, height: 160))
    let thumb = try #require(file.variants.first { $0.name == "thumb" }).url
    for (from, to) in [
      ("thumb.webp", "huge.webp"), ("/demo/", "/nobody/"), (file.id, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
      ("thumb.webp", "thumb.jpg"), ("/images/", "/public/"),
    ] {
      #expect(try stack.send("GET", thumb.replacing(from, with: to)).head.status == 404, "\(to)")
    }
    #expect(try stack.send("GET", "/images/%2e%2e/%2e%2e/etc/passwd").head.status >= 400)
    #expect(try stack.send("GET", "/images/demo/\(file.id)/thumb.webp%00.jpg").head.status >= 400)
  }
}
