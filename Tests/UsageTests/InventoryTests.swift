import Core
import Database
import Foundation
import S3
import Signing
import Storage
import TestSupport
import Testing

@testable import Usage

/// Inventories in the layout of S3, in a bucket of SeaweedFS.
@Suite(.serialized) struct InventoryTests {
  private static let fields = [
    "Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "ETag", "StorageClass",
  ]
  private static let rows = [
    ["raw", "ann/a%2Bb+c%2C%22d%22.txt", "v2", "true", "false", "7", "2027-01-10T08:00:00.000Z", "e", "STANDARD_IA"],
    ["raw", "ann/a%2Bb+c%2C%22d%22.txt", "v1", "false", "false", "5", "2027-01-05T08:00:00.000Z", "e", "GLACIER"],
    ["raw", "%E2%82%AC/x", "v3", "true", "true", "", "2027-01-11T08:00:00.000Z", "", ""],
    ["raw", "%E2%82%AC/x", "null", "false", "false", "11", "2027-01-06T08:00:00.000Z", "e", "STANDARD"],
  ]

  private let fixture: UsageCommandFixture
  private let place: String

  init() throws {
    fixture = try UsageCommandFixture()
    place = SeaweedFS.freshBucketName()
    try fixture.store.createBucket(place)
  }

  private func remove() {
    fixture.remove()
    try? RealStore.remove(place, from: fixture.store)
  }

  private func csv(_ rows: [[String]], _ order: [Int]) -> [UInt8] {
    let lines = rows.map { row in
      order.map {
        "\"" + ($0 == 0 && row[0] == "raw" ? fixture.names[0] : row[$0]).replacing("\"", with: "\"\"") + "\""
      }.joined(separator: ",") + "\n"
    }
    return Array(lines.joined().utf8)
  }

  private func packed(_ bytes: [UInt8]) throws -> [UInt8] {
    try fixture.folder.run("gzip", ["-c", fixture.folder.write(bytes, to: "rows.csv")])
  }

  /// Delivers an inventory of the raw bucket; `change` may damage each file before it is stored.
  private func deliver(
    _ files: [[UInt8]],
    schema: [String] = fields,
    at time: String = "2027-01-14T01-00Z",
    isComplete: Bool = true,
    change: (_ name: String, _ bytes: [UInt8]) -> [UInt8] = { $1 }
  ) throws {
    let root = "lists/all/\(fixture.names[0])/daily/"
    var entries: [[String: Any]] = []
    for (number, bytes) in files.enumerated() {
      let key = "\(root)data/\(time)-\(number).csv.gz"
      entries.append(["key": key, "size": bytes.count, "MD5checksum": MD5.hexadecimal(of: bytes)])
      _ = try fixture.store.put(.bytes(change("data", bytes)), to: key, in: place)
    }
    let manifest = try JSONSerialization.data(withJSONObject: [
      "sourceBucket": fixture.names[0], "destinationBucket": "arn:aws:s3:::\(place)", "version": "2016-11-30",
      "creationTimestamp": "1800000000000", "fileFormat": "CSV", "fileSchema": schema.joined(separator: ", "),
      "files": entries,
    ])
    let json = Array(manifest)
    _ = try fixture.store.put(.bytes(change("manifest", json)), to: "\(root)\(time)/manifest.json", in: place)
    guard isComplete else { return }
    let sum = Array((MD5.hexadecimal(of: json) + "\n").utf8)
    _ = try fixture.store.put(.bytes(change("checksum", sum)), to: "\(root)\(time)/manifest.checksum", in: place)
  }

  private func collect(
    from folder: String = "lists",
    while isWanted: @escaping () -> Bool = { true },
    progress: @escaping () -> Void = {}
  ) throws -> UsageCollector.Outcome {
    let names = fixture.names
    let setting = try #require(InventorySetting("\(place)/\(folder)/all"))
    let collector = UsageCollector(
      database: fixture.database,
      store: fixture.store,
      buckets: BucketNames(raw: names[0], processed: names[1], backups: names[2], logs: names[3]),
      inventory: InventoryPlace(setting)
    )
    return try collector.collect(for: CollectorName("test"), while: isWanted, progress: { _ in progress() })
  }

  private func sums() throws -> [String: [Int64]] {
    try Dictionary(
      fixture.database.usageCounts().map {
        ("\($0.bucket) \($0.kind.rawValue) \($0.storageClass)", [$0.objects, $0.bytes])
      },
      uniquingKeysWith: { $1 }
    )
  }

  @Test func `an inventory gives what it lists, whatever the order of its fields, and uploads are listed beside it`()
    throws
  {
    defer { remove() }
    // The bucket has another object since, and an upload; a bucket without an inventory is listed.
    _ = try fixture.store.put(.bytes([1, 2, 3]), to: "since", in: fixture.names[0])
    let upload = try fixture.store.createMultipartUpload("film", in: fixture.names[0])
    _ = try fixture.store.uploadPart(.bytes([1, 2]), number: 1, to: "film", in: fixture.names[0], upload: upload)
    _ = try fixture.store.put(.bytes([1, 2, 3, 4]), to: "db", in: fixture.names[2])
    for order in [Array(0..<9), Array((0..<9).reversed())] {
      let files = try [packed(csv(Array(Self.rows.prefix(2)), order)), packed(csv(Array(Self.rows.suffix(2)), order))]
      try deliver(files, schema: order.map { Self.fields[$0] })
      // A newer one is being delivered, and an older one does not count.
      try deliver([packed([])], at: "2027-01-15T01-00Z", isComplete: false)
      try deliver([packed([])], at: "2027-01-13T01-00Z")
      guard case .whole = try collect() else { throw Unexpected("not whole") }
      #expect(
        try sums() == [
          "raw unknown STANDARD_IA": [1, 7], "raw noncurrent GLACIER": [1, 5], "raw marker STANDARD": [1, 0],
          "raw noncurrent STANDARD": [1, 11], "raw multipart STANDARD": [1, 2], "backups current STANDARD": [1, 4],
        ]
      )
      let old = try fixture.database.usageCohorts().first { $0.storageClass == "GLACIER" }
      #expect(old?.day == 20_828, "the older version became noncurrent on 2027-01-10")
    }
  }

  private static let good = Array(0..<9)

  @Test func `a damaged inventory is named and leaves the last whole collection in force`() throws {
    defer { remove() }
    try deliver([packed(csv(Self.rows, Self.good))])
    guard case .whole(let whole) = try collect() else { throw Unexpected("not whole") }
    let bytes = try packed(csv(Self.rows + Self.rows, Self.good))
    func refused(_ words: String, _ deliverBad: () throws -> Void) throws {
      try deliverBad()
      let error = #expect(throws: StorageError.self, "\(words)") { try collect() }
      guard case .invalidRequest(let text)? = error else { throw Unexpected("\(words): \(String(describing: error))") }
      #expect(text.contains(words) && text.contains("lists/all/"), "\(text)")
      let status = try fixture.database.usageCollection(at: .now)
      #expect(status.latest?.generation == whole.generation && status.underWay == nil)
      #expect(status.failed?.failure?.contains(words) == true)
      #expect(try sums()["raw unknown STANDARD_IA"] == [1, 7])
    }
    try refused("manifest says") { try deliver([bytes], change: { $0 == "data" ? $1.dropLast(20) : $1 }) }
    // The time in the header of gzip has no checksum.
    try refused("its MD5 is not") {
      try deliver([bytes], change: { $0 == "data" ? Array($1.prefix(4)) + [$1[4] ^ 1] + $1.dropFirst(5) : $1 })
    }
    try refused("it is cut short") { try deliver([Array(bytes.dropLast(20))]) }
    try refused("no valid gzip") { try deliver([csv(Self.rows, Self.good)]) }
    try refused("manifest.checksum") {
      try deliver([bytes], change: { $0 == "checksum" ? [$1.first == 48 ? 49 : 48] + $1.dropFirst() : $1 })
    }
    try refused("it lacks StorageClass;") {
      try deliver([bytes], schema: Self.fields.map { $0 == "StorageClass" ? "X" : $0 })
    }
    try refused("no manifest") {
      try deliver(
        [bytes],
        change: {
          $0 == "manifest"
            ? Array("[]".utf8) : $0 == "checksum" ? Array(MD5.hexadecimal(of: Array("[]".utf8)).utf8) : $1
        }
      )
    }
    let bomb = try packed([UInt8](repeating: 65, count: 8 << 20))
    try refused("it unpacks to more than") { try deliver([bomb]) }
    let long = try packed(Array((String(repeating: "\n", count: 20 << 20)).utf8))
    try refused("it unpacks to more than") { try deliver([long]) }
    var few = Self.rows.map { [fixture.names[0]] + $0.dropFirst() }
    few[2].removeLast()
    try refused("row 3 is not valid") {
      try deliver([
        packed(Array(few.map { $0.map { "\"\($0)\"" }.joined(separator: ",") }.joined(separator: "\n").utf8))
      ])
    }
    let places = [
      (5, "-1"), (5, "9223372036854775807"), (5, "9223372036854775808"), (5, "\(StoredCount.largestObject + 1)"),
      (0, "other"), (5, "many"), (6, "yesterday"), (1, "%E2%82"), (1, ""),
    ]
    for (place, text) in places {
      var bad = Self.rows
      bad[1][place] = text
      try refused("row 2 is not valid") { try deliver([packed(csv(bad, Self.good))]) }
    }
    try refused("row 1 is not valid") { try deliver([packed(Array("\"a\"b,\"c\n".utf8))]) }
    // A good one makes everything well again.
    try deliver([bytes])
    guard case .whole = try collect() else { throw Unexpected("not whole") }
    #expect(try fixture.database.usageCollection(at: .now).failed == nil)
  }

  @Test func `a collection that is stopped inside an inventory goes on there, and counts each row once`() throws {
    defer { remove() }
    let rows = (0..<7000).map { number in
      ["raw", "u\(number % 9)/k\(number)", "v", "true", "false", "\(number)", "2027-01-10T08:00:00Z", "e", "STANDARD"]
    }
    try deliver([packed(csv(Array(rows.prefix(4500)), Self.good)), packed(csv(Array(rows.suffix(2500)), Self.good))])
    var stops = 0
    while stops < 50 {
      var steps = 0
      if case .whole = try collect(while: { steps < 1 }, progress: { steps += 1 }) { break }
      stops += 1
    }
    #expect((8..<50).contains(stops))
    #expect(try sums() == ["raw unknown STANDARD": [7000, 7000 * 6999 / 2]])
  }

  @Test func `an interrupted collection begins again if the inventory comes from another place`() throws {
    defer { remove() }
    let rows = (0..<7000).map { number in
      ["raw", "k\(number)", "v", "true", "false", "1", "2027-01-10T08:00:00Z", "e", "STANDARD"]
    }
    try deliver([packed(csv(rows, Self.good))])
    var steps = 0
    guard case .stopped(let stopped) = try collect(while: { steps < 3 }, progress: { steps += 1 }) else {
      throw Unexpected("not stopped")
    }
    #expect(stopped.entries > 0)
    guard case .whole(let whole) = try collect(from: "other") else { throw Unexpected("not whole") }
    #expect(whole.generation > stopped.generation && whole.entries == 0, "the bucket itself is empty")
  }

  @Test func `a bucket is listed if its inventory has no files`() throws {
    defer { remove() }
    _ = try fixture.store.put(.bytes([1, 2, 3]), to: "since", in: fixture.names[0])
    try deliver([])
    guard case .whole(let whole) = try collect() else { throw Unexpected("not whole") }
    #expect(whole.entries == 1 && whole.bytes == 3)
  }

  @Test func `CSV is split as RFC 4180 says, in pieces of any size`() throws {
    let text = "a,\"b\"\"c\",\"d\ne\"\r\n\r\n\"\",x,\n\"last\",\"ü\",z"
    for size in 1...text.utf8.count {
      var (reader, rows) = (CSVReader(), [[String]]())
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        let piece = Array(bytes[start..<min(start + size, bytes.count)])
        try reader.read(piece.span) { rows.append($0) }
      }
      try reader.finish { rows.append($0) }
      #expect(rows == [["a", "b\"c", "d\ne"], ["", "x", ""], ["last", "ü", "z"]], "\(size)")
    }
    for bad in ["\"a", "a\"b", "\"a\"b", String(repeating: "x", count: 5000), String(repeating: ",", count: 99)] {
      var reader = CSVReader()
      #expect(throws: CSVReader.Failure.self) {
        try reader.read(Array(bad.utf8).span) { _ in }
        try reader.finish { _ in }
      }
    }
  }

  @Test(arguments: ["b", "Bucket/x", "bucket/", "bucket/a//b", "bucket//", "bu cket", "/x", "bucket/a/", "bucket/ä"])
  func `a place that S3 would not write to is refused`(text: String) {
    #expect(InventorySetting(text) == nil)
  }
}
