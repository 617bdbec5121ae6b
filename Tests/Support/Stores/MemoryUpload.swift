internal import Foundation
internal import Signing
internal import Storage

/// An open multipart upload.
struct MemoryUpload {
  struct Part {
    let bytes: [UInt8]
    let line: PartSummary
  }

  let key: String
  let options: PutOptions
  let hasPartChecksums: Bool
  let initiated: Date
  let order: Int
  var parts: [Int: Part] = [:]

  /// Makes the object from the given parts; throws the same errors as S3.
  func assemble(_ named: [CompletedPart]) throws(StoreError) -> MemoryVersion {
    var bytes: [UInt8] = []
    var digests: [UInt8] = []
    for (index, wanted) in named.enumerated() {
      guard let part = parts[wanted.number], part.line.part.etag == wanted.etag,
        !hasPartChecksums || part.line.part.sha256 == wanted.sha256
      else { throw .invalidRequest(code: "InvalidPart", message: "part \(wanted.number)") }
      guard part.line.size >= minimumPartSize || index == named.count - 1 else {
        throw .invalidRequest(code: "EntityTooSmall", message: "part \(wanted.number)")
      }
      bytes += part.bytes
      digests += SHA256.digest(of: part.bytes)
    }
    return MemoryVersion(
      bytes: bytes,
      etag: ETag(String(SHA256.hexadecimal(of: digests).prefix(32)) + "-\(named.count)"),
      options: options
    )
  }
}
