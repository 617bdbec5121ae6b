internal import Core

/// What a document, with everything inside it, may cost.
///
/// The bounds stand above what the largest honest documents take, and what a crafted one of any size takes ends there.
final class Budget {
  /// What all entries may unpack to, in bytes: ten times the largest upload, for text packs well.
  static let maximumBytes = 512 << 20
  /// Work of the readers of XML, of about a nanosecond each: a workbook of 50 MB, with 12 million cells, takes 4 billion,
  /// a text of 50 MB, in 1.2 million runs, 5 billion.
  static let maximumWork = 6_000_000_000
  /// The most entries of all archives inside the document: a presentation with a thousand charts has 15,000.
  static let maximumInnerEntries = 50_000
  /// The most storages and streams of all compound files inside the document.
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
