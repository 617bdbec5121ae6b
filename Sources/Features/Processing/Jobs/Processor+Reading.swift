import Core
import Database
import Foundation
import Scanning
import Signing
import Storage

/// The object of an upload, as one read of its current version found it.
enum Arrival {
  /// The store has no object.
  case missing
  /// The file has another state by now.
  case superseded
  /// The file with its size; the reading is nil if size or type alone are reason to reject the file.
  case found(FileRecord, ObjectInfo, Reading?)
}

/// Reading objects of the raw bucket: each one once, into a private file, with its digest.
extension Processor {
  /// Reads the current version of an upload's object, and records before the first byte that it arrived.
  ///
  /// The scanner gets the bytes as they arrive. After a failure, older versions than the newest are deleted.
  func readArrival(of file: FileRecord) throws(JobError) -> Arrival {
    var file = file
    var seen: ObjectInfo?
    var isReceived = false
    do throws(JobError) {
      let reading = try read(file.rawKey) { object throws(JobError) in
        seen = object
        isReceived = try receive(file, since: object.lastModified)
        guard isReceived else { return nil }
        file = try measured(file, object)
        guard object.size == file.claimedSize, let type = file.type else { return nil }
        return Reading.Plan(scanner: dependencies.scanner, type: type)
      }
      guard let seen else { return .missing }
      return isReceived ? .found(file, seen, reading) : .superseded
    } catch {
      if case .outOfReach = error, let seen { try? keepNewest(of: file, since: seen) }
      throw error
    }
  }

  /// Reads the object under `key` as `plan` wants it; nil if there is no object, or if `plan` does not want its bytes.
  private func read(
    _ key: String,
    plan: (ObjectInfo) throws(JobError) -> Reading.Plan?
  ) throws(JobError) -> Reading? {
    var reading: Reading?
    var refusal: JobError?
    var isUnwanted = false
    do throws(StoreError) {
      let end = try dependencies.store.get(
        key,
        in: dependencies.buckets.raw,
        begin: { object throws(StoreError) in
          do throws(JobError) {
            guard let plan = try plan(object) else {
              isUnwanted = true
              throw .outOfReach(detail: "the bytes are not wanted")
            }
            reading = Reading(try privateFile(), plan, of: object, report: dependencies.eventReport)
          } catch {
            refusal = error
            throw .aborted(detail: "\(error)")
          }
        },
        into: { bytes throws(StoreError) in try reading?.take(bytes) }
      )
      try reading?.end(end)
      return reading
    } catch {
      if isUnwanted { return nil }
      if let refusal { throw refusal }
      switch error {
      case .notFound:
        try confirmBucket()
        return nil
      case .sealed(let detail): throw .sealed(detail: detail)
      default: throw .outOfReach(detail: "store: \(error)")
      }
    }
  }

  private func privateFile() throws(JobError) -> PrivateFile {
    try JobError.ifOutOfReach { () throws(StorageError) in
      try PrivateFile(in: dependencies.worker.temporaryDirectory)
    }
  }

  /// Returns the object under `key` in the raw bucket, or nil if there is none.
  func head(_ key: String, version: VersionID? = nil) throws(JobError) -> ObjectInfo? {
    do throws(StoreError) {
      return try dependencies.store.head(key, in: dependencies.buckets.raw, version: version)
    } catch {
      switch error {
      case .notFound: break
      case .sealed(let detail): throw .sealed(detail: detail)
      default: throw .outOfReach(detail: "store: \(error)")
      }
    }
    try confirmBucket()
    return nil
  }

  /// Throws `outOfReach` unless the bucket exists: for some stores and calls, a missing bucket looks like a missing object.
  private func confirmBucket() throws(JobError) {
    let hasBucket = try JobError.ifOutOfReach { () throws(StoreError) in
      try dependencies.store.bucketExists(dependencies.buckets.raw)
    }
    guard hasBucket else { throw .outOfReach(detail: "store: bucket \(dependencies.buckets.raw) is not there") }
  }

  /// Downloads the pinned version once into a private file, and computes its digest during the download.
  ///
  /// In a store without versions another upload can replace the object after the HEAD request. Throws `outOfReach` in
  /// that case, and the next attempt uses the new object.
  func fetch(_ key: String, _ object: ObjectInfo) throws(JobError) -> (PrivateFile, SHA256Digest) {
    let hash = SHA256()
    let copy = try privateFile()
    var count: Int64 = 0
    let fetched = try JobError.ifOutOfReach { () throws(StoreError) in
      try dependencies.store.get(key, in: dependencies.buckets.raw, version: object.version, range: nil) {
        (bytes) throws(StoreError) in
        hash.update(bytes)
        count += Int64(bytes.count)
        do throws(StorageError) { try copy.append(bytes) } catch { throw .aborted(detail: "\(error)") }
      }
    }
    guard fetched.etag == object.etag, count == object.size else {
      throw .outOfReach(detail: "store: the object changed while it was read")
    }
    guard let digest = SHA256Digest(hexadecimal: lowercaseHexadecimal(hash.finalize())) else {
      throw .outOfReach(detail: "no digest")
    }
    return (copy, digest)
  }

  /// Returns the scanner's verdict; nil if the file is larger than the scanner takes.
  func scan(_ copy: PrivateFile, size: Int64) throws(JobError) -> ScanVerdict? {
    let start = ContinuousClock.now
    defer { dependencies.eventReport(.scanned(after: .now - start)) }
    return try JobError.ofScan { () throws(ScanError) in
      try dependencies.scanner.scan(descriptor: copy.descriptor, size: size)
    }
  }
}

extension JobError {
  /// Returns the verdict of a scan, or nil if the file is larger than the scanner takes, and converts its other errors.
  static func ofScan(_ scan: () throws(ScanError) -> ScanVerdict) throws(JobError) -> ScanVerdict? {
    do throws(ScanError) {
      return try scan()
    } catch {
      switch error {
      case .unavailable(let detail), .unreadable(let detail): throw .outOfReach(detail: "scanner: \(detail)")
      case .tooSlow(let detail): throw .tooSlow(detail: "scanner: \(detail)")
      case .tooLarge: return nil
      case .refused, .sizeMismatch, .empty: throw .broken(detail: "scanner: \(error)")
      }
    }
  }
}
