import Core
import Database
import Decoding
import Foundation
import Signing
import Storage

extension Processor {
  /// Changes whenever the renderer's output does: the variants' versions then do, too.
  static let rendererVersion = "1"

  /// Browsers and CDNs may keep what never changes under its URL. Source: https://www.rfc-editor.org/rfc/rfc8246
  static let immutable = "public, max-age=31536000, immutable"

  /// Names a rendering by all that decides its bytes.
  static func version(of source: SHA256Digest, _ shape: VariantShape) -> VariantVersion? {
    let all = Array("\(source)\n\(shape)\n\(rendererVersion)\n".utf8)
    return SHA256Digest(hexadecimal: SHA256.hexadecimal(of: all)).map { VariantVersion(prefixOf: $0) }
  }

  /// Stores the renderings under their content-addressed keys.
  func publish(
    _ renderings: [Rendering],
    of file: FileRecord,
    _ digest: SHA256Digest
  ) throws(Interruption) -> [Variant] {
    var variants: [Variant] = []
    for rendering in renderings {
      guard let shape = parts.variants.first(where: { $0.name == rendering.facts.name })?.shape,
        let version = Self.version(of: digest, shape)
      else { throw .broken(detail: "the decoder answered a variant that nobody asked for") }
      let key = ProcessedKey(
        user: file.user,
        file: file.id,
        version: version,
        name: rendering.facts.name,
        type: rendering.facts.type
      )
      try Interruption.ifOutOfReach { () throws(StoreError) in
        _ = try parts.store.put(
          .bytes(rendering.bytes),
          to: key.description,
          in: parts.buckets.processed,
          options: PutOptions(contentType: rendering.facts.type.contentType, cacheControl: Self.immutable)
        )
      }
      variants.append(
        Variant(
          key: key,
          width: rendering.facts.width,
          height: rendering.facts.height,
          size: Int64(rendering.bytes.count)
        )
      )
    }
    return variants
  }

  /// Refuses the file, then takes its object away.
  ///
  /// The job lives on until that is done.
  func reject(
    _ file: FileRecord,
    _ job: LeasedJob,
    _ reason: RejectionReason
  ) throws(Interruption) -> ProcessingOutcome {
    let moved = try Interruption.ifOutOfReach { () throws(StorageError) in
      try parts.database.reject(reason, under: job, at: .now)
    }
    guard moved else { return .superseded }
    _ = try discard(file, keeping: nil)
    return .rejected(reason)
  }

  /// Deletes every version under the file's key but `kept`, each by its id; a store without versions has one without id.
  ///
  /// All are found before the first goes: a page's token may name a version that is no longer there.
  func discard(_ file: FileRecord, keeping kept: String?) throws(Interruption) -> ProcessingOutcome {
    let count = try Interruption.ifOutOfReach { () throws(StoreError) in
      var doomed: [VersionSummary] = []
      var token: String?
      repeat {
        let page = try parts.store.listVersions(parts.buckets.raw, prefix: file.rawKey, after: token, limit: 1000)
        doomed += page.items.filter { $0.key == file.rawKey && $0.version.description != kept }
        token = page.next
      } while token != nil
      for found in doomed { try parts.store.delete(found.key, in: parts.buckets.raw, version: found.version) }
      return doomed.count
    }
    return count == 0 ? .idle : .discarded(versions: count)
  }
}
