import Core
import Database
import Decoding
import Foundation
import Signing
import Storage

extension Processor {
  /// Renders the variants of a ready file from its checked version.
  ///
  /// If the bucket has all configured variants, moves them to their place.
  ///
  /// If the file is deleted, deletes its variants instead.
  func render(_ file: FileRecord, _ job: LeasedJob) throws(JobError) -> ProcessingOutcome {
    guard file.state == .ready else { return try clear(file) }
    guard let type = file.type, type.kind == .image, let digest = file.sha256 else { return .idle }
    if !file.needsRendering(dependencies.variants), try hasAllVariants(file) {
      guard file.isMisplaced else { return .idle }
      return try settlePlaces(of: file.id, job) == 0 ? .idle : .rendered
    }
    let (key, object) = try judgedObject(of: file)
    let (copy, found) = try fetch(key, object)
    guard found == digest else { throw .broken(detail: "\(key) is not what was judged: its SHA-256 is \(found)") }
    let variants =
      switch try decode(copy, size: object.size, as: type) {
      case .success(let decoded): try publish(decoded.renderings, of: file, digest)
      case .failure(let refusal):
        throw .broken(
          detail: "decoder: \(DecodeError.refused(refusal.reason, refusal.exceeded))"
        )
      }
    let isChanged = try JobError.ifOutOfReach { () throws(StorageError) in
      try dependencies.database.refresh(variants, of: digest, under: job, at: dependencies.now)
    }
    return isChanged ? .rendered : .superseded
  }

  /// Returns the checked object: the pinned version, or the checked copy.
  private func judgedObject(of file: FileRecord) throws(JobError) -> (key: String, object: ObjectInfo) {
    let version = file.versionID.map { VersionID($0) }
    let key = file.judgedKey
    guard let object = try head(key, version: version) else {
      throw .broken(detail: "\(key) no longer exists; it was checked\(version.map { " as version \($0)" } ?? "")")
    }
    return (key, object)
  }

  private func hasAllVariants(_ file: FileRecord) throws(JobError) -> Bool {
    for variant in file.variants {
      do throws(StoreError) {
        let object = try dependencies.store.head(variant.objectKey, in: dependencies.buckets.processed)
        guard object.size == variant.size else { return false }
      } catch {
        guard case .notFound = error else { throw .outOfReach(detail: "store: \(error)") }
        return false
      }
    }
    return true
  }
}

extension FileRecord {
  /// True if the file is a ready image whose variants differ from `specifications`.
  func needsRendering(_ specifications: [VariantSpecification]) -> Bool {
    guard state == .ready, case .checked(let type)? = type, type.isImage, let sha256 else { return false }
    let isCurrent = specifications.allSatisfy { specification in
      let version = VariantVersion(of: sha256, specification.shape, among: specifications, hash: SHA256.hexadecimal)
      return variants.contains {
        $0.name == specification.name && $0.version == version && specification.types(for: type).contains($0.type)
      }
    }
    return !isCurrent || variants.count != specifications.count
  }
}
