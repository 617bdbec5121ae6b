/// The scan of a file whose bytes are still arriving, for one thread; a scan that is released early has no verdict.
public protocol ArrivingScan {
  /// Passes on the first `count` bytes of the file, as far as the scanner takes them at once.
  ///
  /// Never waits for the scanner, so a slow scanner does not hold up the sender of the bytes. A failure shows in `verdict`.
  func advance(to count: Int64)

  /// Passes on the rest of the file, which is whole now, and returns the verdict.
  ///
  /// The deadline of the scan counts from this call. Throws an error unless there is a verdict for exactly the expected
  /// number of bytes.
  func verdict() throws(ScanError) -> ScanVerdict
}

extension MalwareScanner {
  /// Begins a scan that reads the file only when it is whole.
  public func begin(descriptor: Int32, size: Int64) throws(ScanError) -> any ArrivingScan {
    WholeFileScan(scanner: self, descriptor: descriptor, size: size)
  }
}

/// The scan of a scanner that takes whole files only.
private struct WholeFileScan<Scanner: MalwareScanner>: ArrivingScan {
  let scanner: Scanner
  let descriptor: Int32
  let size: Int64

  func advance(to count: Int64) {}

  func verdict() throws(ScanError) -> ScanVerdict { try scanner.scan(descriptor: descriptor, size: size) }
}
