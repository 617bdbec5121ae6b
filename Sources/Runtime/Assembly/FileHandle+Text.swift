public import Foundation

extension FileHandle {
  /// Writes `text`; false if the stream is closed or the disk is full.
  ///
  /// Foundation's `write(_:)` ends the process in these cases.
  @discardableResult
  public func write(text: String) -> Bool { (try? write(contentsOf: Data(text.utf8))) != nil }
}
