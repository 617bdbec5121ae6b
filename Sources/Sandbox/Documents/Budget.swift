internal import Core

/// Limits for the cost of a document, including everything inside it.
///
/// The limits are above the cost of the largest honest documents, and stop crafted documents of any size.
final class Budget {
  /// The maximum unpacked size of all entries, in bytes: ten times the largest upload, because text compresses well.
  static let maximumBytes = 512 << 20
  /// The maximum work of the XML readers, in units of about one nanosecond.
  ///
  /// A workbook of 50 MB with 12 million cells takes 4 billion, and a text of 50 MB with 1.2 million runs takes 5
  /// billion.
  static let maximumWork = 6_000_000_000
  /// The maximum number of entries in all embedded archives: a presentation with a thousand charts has 15,000.
  static let maximumInnerEntries = 50_000
  /// The maximum number of storages and streams in all embedded compound files.
  static let maximumInnerNodes = 50_000

  private var bytes = 0
  private var work = 0
  private var innerEntries = 0
  private var innerNodes = 0

  func spend(bytes count: Int, on name: String) throws(Refusal) {
    bytes += count
    guard bytes <= Self.maximumBytes else { throw Refusal(.decompressionBomb, "\(name): too much is unpacked") }
  }

  func spend(work count: Int) throws(Refusal) {
    work += count
    guard work <= Self.maximumWork else { throw Refusal(.decompressionBomb, "too much XML") }
  }

  func spend(innerEntries count: Int) throws(Refusal) {
    innerEntries += count
    guard innerEntries <= Self.maximumInnerEntries else { throw Refusal(.decompressionBomb, "too many entries inside") }
  }

  func spend(innerNodes count: Int) throws(Refusal) {
    innerNodes += count
    guard innerNodes <= Self.maximumInnerNodes else { throw Refusal(.decompressionBomb, "too many objects inside") }
  }
}
