import Foundation
import HTTP
import TestSupport
import Testing

/// SHA-256 claims: the store refuses other bytes in a single PUT, the worker in multipart uploads.
@Suite(.enabled(if: isRunning, howToRun)) struct ChecksumTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  /// Returns a document of three parts, different each time.
  private func document() -> [UInt8] {
    Document.pdf(comment: UUID().uuidString + String(repeating: "0123456789abcdef", count: 11 << 16))
  }

  private func upload(_ bytes: [UInt8], sha256: String) throws -> Stack.File {
    let file = try stack.putParts(bytes, "a.pdf", type: "application/pdf", sha256: sha256).fileId
    #expect(try stack.ask("POST", file, "/complete").head.status == 200)
    return try stack.settled(file)
  }

  @Test func `a multipart upload with the right digest, also in upper case, becomes ready`() throws {
    let bytes = document()
    let digest = try Digest.sha256(bytes)
    let file = try upload(bytes, sha256: digest.uppercased())
    #expect(file.state == "ready" && file.sha256 == digest)
  }

  @Test func `a multipart upload with one wrong bit is refused by the worker, and deleted`() throws {
    let bytes = document()
    let digest = try Digest.sha256(bytes)
    var other = bytes
    other[7 << 20] ^= 1
    let file = try upload(other, sha256: digest)
    #expect(file.state == "rejected" && file.reason == "checksum_mismatch")
    let bucket = try BucketView(stack)
    let end = Date.now + 30
    while try !bucket.versions(of: file.id).isEmpty, Date.now < end { usleep(50_000) }
    #expect(try bucket.versions(of: file.id).isEmpty)
  }

  @Test(arguments: ["abc", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "", "null"])
  func `a claim with a malformed digest is refused with the expected form`(digest: String) throws {
    let answer = try stack.claim(
      #"{"filename":"a.pdf","size":10,"contentType":"application/pdf","sha256":"\#(digest)"}"#
    )
    #expect(answer.head.status == 400)
    let problem = try Stack.problem(answer)
    #expect(problem.code == "invalid_request" && problem.detail == "sha256: must be 64 hexadecimal digits")
  }
}
