import Core
import Database
import Foundation
import TestSupport
import Testing

/// `stowage usage forecast`, with a database and files, and no store.
@Suite struct ForecastCommandTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
  private let folder: ScratchFolder
  private let database: FileDatabase

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
  }

  private func forecast(_ arguments: String..., settings: [String: String] = [:]) throws -> String {
    let bin = ProcessInfo.processInfo.environment["STOWAGE_BIN"] ?? Self.root.appending(path: ".build/debug").path
    var values = [
      "STOWAGE_STORE": "aws", "STOWAGE_S3_URL": "http://127.0.0.1:9", "STOWAGE_S3_REGION": "us-east-1",
      "STOWAGE_S3_ADDRESSING": "path", "STOWAGE_S3_ACCESS_KEY": "k", "STOWAGE_S3_SECRET_KEY": "s",
      "STOWAGE_TOKEN_KEY_FILE": "/none", "STOWAGE_IMAGES_URL": "https://img.example.com",
      "STOWAGE_CORS_ORIGINS": "https://app.example.com", "STOWAGE_SCANNER": "none", "STOWAGE_DECODER": "/bin/true",
      "STOWAGE_ENVIRONMENT": "development", "STOWAGE_DATABASE_URL": "sqlite:" + folder.file("stowage.sqlite"),
      "STOWAGE_BUCKET_DOCUMENTS": Self.root.appending(path: "conf/buckets").path,
      "STOWAGE_PRICES": Self.root.appending(path: "conf/prices.json").path,
    ]
    values.merge(settings) { $1 }
    let assignments = values.map { "\($0.key)=\($0.value)" }
    // Nothing of the environment of the tests: a running system's settings would be read.
    let command = ["-i"] + assignments + ["\(bin)/stowage", "usage", "forecast"] + arguments
    return String(decoding: try run("env", command), as: UTF8.self)
  }

  private func failure(_ arguments: String..., settings: [String: String] = [:]) -> String {
    do {
      let output =
        switch arguments.count {
        case 0: try forecast(settings: settings)
        case 1: try forecast(arguments[0], settings: settings)
        default: try forecast(arguments[0], arguments[1], settings: settings)
        }
      return "succeeded: \(output)"
    } catch {
      return "\(error)"
    }
  }

  /// Publishes a collection of today with these cohorts.
  private func collect(_ cohorts: [StoredCohort]) throws {
    let now = Date.now
    guard case .claimed(let run) = try database.claimUsage(for: "test", every: 0, seconds: 60, at: now) else {
      throw Unexpected("no claim")
    }
    var batch = UsageBatch()
    batch.cohorts = cohorts
    #expect(try database.add(batch, to: run, position: "", seconds: 60, at: now))
    #expect(try database.publish(run, at: now))
  }

  private func cohort(_ storageClass: String, age: Int, objects: Int64, size: Int64) -> StoredCohort {
    StoredCohort(
      bucket: .raw,
      storageClass: storageClass,
      kind: .current,
      isTagged: false,
      day: Date.now.daysSince1970 - age,
      objects: objects,
      bytes: objects * size,
      smallObjects: size < StoredCohort.smallBelow ? objects : 0,
      smallBytes: size < StoredCohort.smallBelow ? objects * size : 0
    )
  }

  @Test func `without a collection, the command says what to do`() {
    #expect(failure().contains("run `stowage usage collect` first"))
  }

  @Test func `a million small objects in Glacier are dearer, and today's rules leave them where they are`() throws {
    try collect([cohort("STANDARD", age: 400, objects: 1_000_000, size: 20_480)])
    let file = try folder.write(
      Array(
        #"""
        {"Rules":[{"ID":"glacier","Status":"Enabled","Filter":{"Prefix":""},
        "Transitions":[{"Days":90,"StorageClass":"GLACIER"}]}],"TransitionDefaultMinimumObjectSize":"varies_by_storage_class"}
        """#.utf8
      ),
      to: "other.json"
    )
    let today = try forecast("--growth", "none")
    #expect(today.contains("Prices: aws-us-east-1, USD"), "\(today)")
    #expect(today.contains("5.26"), "\(today)")
    let other = try forecast("--lifecycle", file, "--growth", "none").replacing("\n", with: " ")
    #expect(
      other.contains(
        "DEARER by 28.98 USD over 12 months. At the saving of the last month, they pay back after about 355"
      )
    )
    let json = try forecast("--lifecycle", file, "--growth", "none", "--json")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect((object["verdict"] as? [String: Any])?["kind"] as? String == "dearer")
    let csv = try forecast("--csv", "--months", "3")
    #expect(csv.split(separator: "\r\n").count == 4, "\(csv)")
    #expect(csv.contains(",31,present,storage,raw,STANDARD,19.073,GB-month,0.438690,USD,false\r\n"), "\(csv)")
  }

  @Test func `requests that were counted are in the bill`() throws {
    try collect([])
    let yesterday = Date.now.daysSince1970 - 1
    try database.addTraffic([
      TrafficCount(day: yesterday, name: .storeRequests, label: "PutObject", value: 100_000),
      TrafficCount(day: yesterday, name: .storeRequests, label: "DeleteObject", value: 900_000),
    ])
    // 100,000 a day × 0.005 ÷ 1,000 = 0.50 a day; deletions cost nothing.
    let csv = try forecast("--csv", "--months", "1")
    let days = try #require(csv.split(separator: "\r\n").last?.split(separator: ",")[1]).description
    let cost = try #require(Int(days)) * 50
    #expect(csv.contains("requests,,write,"), "\(csv)")
    #expect(csv.contains(",\(cost / 100).\(cost % 100 == 0 ? "00" : "50")0000,USD,true"), "\(csv)")
  }

  @Test func `what cannot be read or judged is said in a sentence`() throws {
    try collect([])
    #expect(failure(settings: ["STOWAGE_PRICES": "/none"]).contains("copy conf/prices.json there"))
    #expect(failure(settings: ["STOWAGE_S3_REGION": "eu-west-1"]).contains("no prices for aws in eu-west-1"))
    #expect(failure("--prices", "gold").contains("no list gold; it has aws-us-east-1, r2, own-disk"))
    #expect(failure("--lifecycle", "/none").contains("/none: cannot be read"))
    #expect(failure("--growth", "lots").contains("expected history, none, or a share"))
    #expect(failure("--months", "61").contains("from 1 to 60"))
    let bad = try folder.write(Array(#"{"lists": [{"name": "x"}], "more": 1}"#.utf8), to: "prices.json")
    let text = failure(settings: ["STOWAGE_PRICES": bad])
    #expect(text.contains("more: an unknown member") && text.contains("lists[0].currency"), "\(text)")
    let all = #"{"Rules":[{"ID":"all","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":5}}]}"#
    let dangerous = try folder.write(Array(all.utf8), to: "dangerous.json")
    #expect(failure("--lifecycle", dangerous).contains("deletes files of premium users by age"))
    #expect(try forecast().contains("Nothing is stored."))
    let seaweed = ["STOWAGE_STORE": "seaweedfs"]
    #expect(try forecast(settings: seaweed).contains("Prices: own-disk"))
  }
}
