import Core
import Database
import Foundation
import Metrics
import Processing
import Synchronization
import TestSupport
import Testing

@testable import Assembly

@Suite struct TrafficRecorderTests {
  private let folder: ScratchFolder
  private let database: FileDatabase
  private static let noon = Date(timeIntervalSince1970: 1_800_014_400)
  private var today: Int { Self.noon.daysSince1970 }

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("a.sqlite"))
  }

  private func recorder(_ registry: Registry, _ database: FileDatabase? = nil) -> TrafficRecorder {
    let database = database ?? self.database
    return TrafficRecorder(registry) { counts throws(StorageError) in try database.addTraffic(counts) }
  }

  private func value(_ name: TrafficName, _ label: String, on day: Int? = nil) throws -> Int64? {
    let day = day ?? today
    return try database.trafficDays(from: day, to: day).first { $0.name == name && $0.label == label }?.value
  }

  @Test func `the database gets what the counters gained, once`() throws {
    let registry = Registry()
    let recorder = recorder(registry)
    let meter = ProcessingMeter(registry)
    meter.take(.published(bytes: 1000))
    meter.take(.received(parts: 3))
    meter.take(.received(parts: nil))
    meter.take(.scanned(after: .milliseconds(1500)))
    try recorder.record(at: Self.noon)
    try recorder.record(at: Self.noon)
    meter.take(.published(bytes: 24))
    meter.take(.scanned(after: .milliseconds(250)))
    try recorder.record(at: Self.noon)
    #expect(try value(.filesReady, "") == 2 && value(.filesReadyBytes, "") == 1024)
    #expect(try value(.browserRequests, "UploadPart") == 3 && value(.browserRequests, "PutObject") == 1)
    #expect(try value(.work, "scan") == 2 && value(.workMilliseconds, "scan") == 1750)
    #expect(try value(.work, "decode") == nil)
  }

  @Test func `requests that the store did not answer are not charged`() throws {
    let registry = Registry()
    let recorder = recorder(registry)
    for (outcome, number) in [("ok", 5), ("refused", 2), ("failed", 9), ("unreachable", 11)] {
      registry.counter("stowage_s3_requests_total", "x", ["operation": "PutObject", "outcome": outcome]).add(number)
    }
    try recorder.record(at: Self.noon)
    #expect(try value(.storeRequests, "PutObject") == 7)
  }

  @Test func `what the database refuses stays, on its day, until it can be written`() throws {
    let registry = Registry()
    let isLocked = Atomic(true)
    let recorder = TrafficRecorder(registry) { [database] counts throws(StorageError) in
      guard !isLocked.load(ordering: .relaxed) else { throw .unavailable(detail: "locked") }
      try database.addTraffic(counts)
    }
    let counter = registry.counter("stowage_rejections_total", "x", ["reason": "malware"])
    counter.add(3)
    #expect(throws: StorageError.self) { try recorder.record(at: Self.noon) }
    counter.add(4)
    #expect(throws: StorageError.self) { try recorder.record(at: Self.noon + 86_400) }
    var scrape = try Scrape(registry.text())
    #expect(scrape.value("stowage_traffic_pending") == 2)
    #expect(scrape.value("stowage_traffic_writes_total", ["outcome": "failed"]) == 2)
    isLocked.store(false, ordering: .relaxed)
    try recorder.record(at: Self.noon + 86_400)
    #expect(try value(.rejections, "malware") == 3 && value(.rejections, "malware", on: today + 1) == 4)
    scrape = try Scrape(registry.text())
    #expect(scrape.value("stowage_traffic_pending") == 0)
    #expect(scrape.value("stowage_traffic_writes_total", ["outcome": "good"]) == 1)
  }

  @Test func `two processes that write at once, and one that counts meanwhile, lose nothing`() throws {
    let other = try FileDatabase(path: folder.file("a.sqlite"))
    let registries = [Registry(), Registry()]
    let recorders = [recorder(registries[0]), recorder(registries[1], other)]
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      let counter = registries[index % 2].counter("stowage_rejections_total", "x", ["reason": "macros"])
      for _ in 0..<50 {
        counter.add(2)
        try? recorders[index % 2].record(at: Self.noon)
      }
    }
    for recorder in recorders { try recorder.record(at: Self.noon) }
    #expect(try value(.rejections, "macros") == 400)
  }

  @Test func `every source is a metric of the table, and every name has a source`() {
    #expect(Set(TrafficSource.all.map(\.name)) == Set(TrafficName.allCases))
  }
}
