import Core

/// The rows of one data file of an inventory, in batches.
final class InventoryReading {
  private let name: String
  private let columns: InventoryColumns
  private let skipped: Int
  private let size: Int
  private var csv = CSVReader()
  private var rows = 0
  private var batch: [StoredVersion] = []

  /// Reads a file whose first `skipped` rows are counted already.
  init(_ file: InventoryManifest.DataFile, _ columns: InventoryColumns, skipping skipped: Int, batch size: Int) {
    name = "inventory file \(Wording.printable(file.key))"
    (self.columns, self.skipped, self.size) = (columns, skipped, size)
  }

  /// Reads unpacked bytes, and passes each full batch on, with the number of rows up to its end.
  func read(
    _ bytes: [UInt8],
    into sink: ([StoredVersion], Int) throws(UsageProblem) -> Void
  ) throws(UsageProblem) {
    var full: [([StoredVersion], Int)] = []
    do throws(CSVReader.Failure) {
      // The closure may use the batch, but not the reader, while the reader runs.
      var reader = csv
      defer { csv = reader }
      try reader.read(bytes.span) { (row) throws(CSVReader.Failure) in
        try take(row)
        if batch.count >= size { full.append(drained()) }
      }
    } catch { throw problem() }
    for (versions, rows) in full { try sink(versions, rows) }
  }

  /// Passes the rest on.
  func finish(into sink: ([StoredVersion], Int) throws(UsageProblem) -> Void) throws(UsageProblem) {
    do throws(CSVReader.Failure) {
      var reader = csv
      try reader.finish { (row) throws(CSVReader.Failure) in try take(row) }
    } catch { throw problem() }
    let (versions, rows) = drained()
    if !versions.isEmpty { try sink(versions, rows) }
  }

  private func take(_ row: [String]) throws(CSVReader.Failure) {
    rows += 1
    guard rows > skipped else { return }
    guard let version = columns.version(of: row) else {
      rows -= 1
      throw .row
    }
    batch.append(version)
  }

  private func drained() -> ([StoredVersion], Int) {
    defer { batch = [] }
    return (batch, rows)
  }

  private func problem() -> UsageProblem { .unusable("\(name): row \(rows + 1) is not valid") }
}
