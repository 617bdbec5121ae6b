internal import Metrics
internal import Processing

/// Counts the steps of the work on files, for the worker and for on-demand rendering.
struct ProcessingMeter: Sendable {
  private let scans: Histogram
  private let decodes: Histogram
  private let files: Counter
  private let bytes: Counter
  private let puts: Counter
  private let parts: Counter

  init(_ metrics: Registry) {
    scans = metrics.histogram("stowage_scan_seconds", "Time of a scan for malware.")
    decodes = metrics.histogram("stowage_decode_seconds", "Time in which the decoder judged and rendered a file.")
    files = metrics.counter("stowage_uploaded_files_total", "Files that became ready.")
    bytes = metrics.counter("stowage_uploaded_bytes_total", "Bytes of the files that became ready.")
    let (name, help) = (
      "stowage_browser_requests_total",
      "Requests of browsers to the store for uploads that arrived, derived: one PutObject, or an UploadPart per part."
    )
    puts = metrics.counter(name, help, ["operation": "PutObject"])
    parts = metrics.counter(name, help, ["operation": "UploadPart"])
  }

  func take(_ event: ProcessingEvent) {
    switch event {
    case .received(let count): if let count { parts.add(count) } else { puts.add() }
    case .scanned(let duration): scans.observe(duration)
    case .decoded(let duration): decodes.observe(duration)
    case .published(let size):
      files.add()
      bytes.add(Int(size))
    }
  }
}
