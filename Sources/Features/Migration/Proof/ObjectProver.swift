internal import Core
internal import Database
internal import Signing
internal import Storage

/// The result of looking at one object.
enum ObjectVerdict: Sendable {
  /// The object has the bytes of the digest; `etag` is its entity tag.
  case proven(ProofMeans, etag: String?)
  /// The object has other bytes, for this reason.
  case different(String)
  /// The bucket does not have the version, and no other version of the key.
  case missing
  /// The object has the right length, and the store tells no digest.
  case unproven
  /// The store refused the question.
  case failed(String)
}

/// Compares objects with the digests of a ledger; any number of threads may use one prover.
struct ObjectProver: Sendable {
  /// Repeats requests, and waits while the store is away.
  let requests: FileSender
  let bandwidth: BandwidthLimiter?

  init(store: any ObjectStore, bucket: String, _ settings: VerifySettings) {
    var sender = SenderSettings()
    sender.requests = (min(16, settings.threads), settings.threads)
    sender.patience = settings.patience
    sender.report = settings.report
    requests = FileSender(store: store, bucket: bucket, settings: sender)
    bandwidth = settings.bandwidth
  }

  /// Returns the verdict of the bucket's list; nil if a request must decide.
  ///
  /// For one key, equal entity tags mean equal bytes, and the ledger keeps the tag of bytes whose digest was proven.
  func verdict(_ listed: VersionSummary, size: Int64, _ proof: LedgerProof) -> ObjectVerdict? {
    guard listed.size == size else { return .different("the object has the length \(listed.size), not \(size)") }
    guard let etag = listed.etag?.description, etag == proof.etag else { return nil }
    return .proven(.list, etag: etag)
  }

  /// Returns the verdict of the store's checksum, or of the bytes if `reads` is true.
  ///
  /// Without a checksum, the bytes are also read if the entity tag is another one than the ledger's.
  /// Throws a failure that every further request would have, and `stopped`.
  func verdict(_ key: String, size: Int64, _ proof: LedgerProof, reads: Bool) throws(SendFailure) -> ObjectVerdict {
    do throws(SendFailure) {
      return reads ? try read(key, size: size, proof) : try compare(key, size: size, proof)
    } catch {
      switch error {
      case .refused(.notFound): return try absence(key, proof)
      case .stopped: throw error
      case .temporary where requests.gate.isAway: throw error
      default:
        if error.concernsEveryFile { throw error }
        return .failed(error.description)
      }
    }
  }

  private func compare(_ key: String, size: Int64, _ proof: LedgerProof) throws(SendFailure) -> ObjectVerdict {
    let info = try head(key, proof.version)
    guard info.size == size else { return .different("the object has the length \(info.size), not \(size)") }
    if let sha256 = info.sha256 {
      return sha256 == proof.digest.bytes
        ? .proven(.checksum, etag: info.etag.description) : .different("the store's SHA-256 is another one")
    }
    if let found = info.checksumOfParts, let wanted = proof.checksumOfParts {
      return found == wanted
        ? .proven(.checksum, etag: info.etag.description)
        : .different("the store's SHA-256 of the parts is another one")
    }
    guard let etag = proof.etag else { return .unproven }
    // Another tag than that of the proven bytes can be a copy inside the store, or other bytes.
    return info.etag.description == etag ? .proven(.list, etag: etag) : try read(key, size: size, proof)
  }

  private func read(_ key: String, size: Int64, _ proof: LedgerProof) throws(SendFailure) -> ObjectVerdict {
    let (info, digest) = try requests.ask { () throws(StoreError) in
      try requests.store.hashed(key, in: requests.bucket, version: proof.version.map(VersionID.init)) { bytes in
        bandwidth?.take(bytes.count)
      }
    }
    guard info.size == size else { return .different("the object has the length \(info.size), not \(size)") }
    return digest == proof.digest.bytes
      ? .proven(.readBack, etag: info.etag.description) : .different("the bytes have another SHA-256")
  }

  /// Tells a version that is gone from a key that is gone.
  private func absence(_ key: String, _ proof: LedgerProof) throws(SendFailure) -> ObjectVerdict {
    guard proof.version != nil else { return .missing }
    do throws(SendFailure) {
      let info = try head(key, nil)
      return .different("the version is gone, and the key has another one of the length \(info.size)")
    } catch .refused(.notFound) {
      return .missing
    } catch {
      if case .refused = error, !error.concernsEveryFile { return .failed(error.description) }
      throw error
    }
  }

  private func head(_ key: String, _ version: String?) throws(SendFailure) -> ObjectInfo {
    try requests.ask { () throws(StoreError) in
      try requests.store.head(key, in: requests.bucket, version: version.map(VersionID.init))
    }
  }
}

extension LedgerProof {
  /// The checksum that a store computes of the parts; nil for an object of one PUT.
  var checksumOfParts: ChecksumOfParts? {
    guard !partDigests.isEmpty else { return nil }
    return ChecksumOfParts(
      sha256: SHA256.digest(of: partDigests),
      count: partDigests.count / SHA256.byteCount
    )
  }
}
