import Core
import Foundation
import Scanning
import Signing
import Storage

/// One read of an upload's object: the bytes go into a private file, into the digest, and to the scanner as they arrive.
///
/// The scanner takes what it can at once and reads the rest from the private file, so a slow scanner never holds up the
/// connection to the store.
final class Reading {
  /// The scanner and the type for the bytes of an object.
  struct Plan {
    let scanner: any MalwareScanner
    /// The type that the file claims; a file that does not begin like one is not scanned.
    let type: UploadType
  }

  let copy: PrivateFile
  private let plan: Plan
  private let object: ObjectInfo
  private let report: @Sendable (ProcessingEvent) -> Void
  private let hash = SHA256()
  private var count: Int64 = 0
  private var scan: Result<any ArrivingScan, ScanError>?
  private var isScannable = true
  /// The digest of all bytes; nil before `end`.
  private(set) var digest: SHA256Digest?

  init(_ copy: PrivateFile, _ plan: Plan, of object: ObjectInfo, report: @escaping @Sendable (ProcessingEvent) -> Void)
  {
    self.copy = copy
    self.plan = plan
    self.object = object
    self.report = report
  }

  /// Takes the next bytes of the object.
  func take(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    hash.update(bytes)
    do throws(StorageError) { try copy.append(bytes) } catch { throw .aborted(detail: "\(error)") }
    count += Int64(bytes.count)
    beginScan()
    if case .success(let scan)? = scan { scan.advance(to: count) }
  }

  /// Begins the scan as soon as the leading bytes are there, if they are those of the type.
  private func beginScan() {
    guard scan == nil, isScannable else { return }
    if case .checked(let type) = plan.type {
      guard count >= min(object.size, Int64(type.leadingLength)) else { return }
      isScannable = type.mayBegin(with: copy.head(type.leadingLength))
    }
    guard isScannable else { return }
    scan = Result { () throws(ScanError) in try plan.scanner.begin(descriptor: copy.descriptor, size: object.size) }
  }

  /// Ends the read; throws an error unless exactly the announced bytes of one object arrived.
  func end(_ end: ObjectInfo) throws(StoreError) {
    guard end.etag == object.etag, end.version == object.version, count == object.size else {
      throw .integrity(detail: "the object changed while it was read")
    }
    digest = SHA256Digest(hexadecimal: lowercaseHexadecimal(hash.finalize()))
  }

  /// Waits for the verdict on all bytes; nil if the file is larger than the scanner takes.
  func verdict() throws(JobError) -> ScanVerdict? {
    let start = ContinuousClock.now
    defer { report(.scanned(after: .now - start)) }
    return try JobError.ofScan { () throws(ScanError) in
      guard digest != nil, let scan else { throw .refused(detail: "the file is not whole") }
      return try scan.get().verdict()
    }
  }
}
