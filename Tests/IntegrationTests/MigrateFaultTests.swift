import Core
import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

/// `stowage migrate run` under kills and beside a failing store, on the running system; the full forms take minutes.
@Suite(.enabled(if: isRunning, howToRun)) struct MigrateFaultTests {
  private let stack: Stack
  private let tree: ScratchFolder
  /// The folder of what the runs say on standard error.
  private let logs: ScratchFolder
  private let user = "faults-\(UUID().uuidString.lowercased())"
  private var random = Seeded("migration under faults")

  init() throws {
    stack = try #require(Stack.current)
    tree = try ScratchFolder()
    logs = try ScratchFolder()
  }

  /// Writes small files, and one that is sent in three parts.
  private func write(_ count: Int) throws {
    for number in 0..<count {
      let file = URL(filePath: tree.file("\(user)/\(number % 7)/\(number)"))
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("file \(number) of \(user)".utf8).write(to: file)
    }
    try Data(repeating: 7, count: 20 << 20).write(to: URL(filePath: tree.file("\(user)/large")))
  }

  private func start(_ environment: [String: String] = [:]) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "stowage", "migrate", "run", tree.path, "--create-users", "--beside-uploads", "full", "--process", "never",
    ]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let path = try logs.write([], to: "said")
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle(forWritingAtPath: path))
    try process.run()
    return process
  }

  /// The end of the last run's standard error.
  private var said: String {
    (try? logs.bytes("said")).map { String(decoding: $0.suffix(2000), as: UTF8.self) } ?? "nothing"
  }

  /// Compares disk, ledger, records, quota and bucket; the ledger knows the address of the store.
  private func check(_ count: Int, _ environment: [String: String] = [:]) throws {
    func stowage(_ arguments: String...) throws -> String {
      String(decoding: try run("stowage", arguments, environment: environment), as: UTF8.self)
    }
    #expect(try stowage("migrate", "status", tree.path).contains("in the bucket: \(Wording.grouped(count)) files"))
    _ = try stowage("migrate", "verify", tree.path, "--checksum", "--read-back", "--tree-users")
    _ = try stowage("users", "recount", user)
    let ids = try stowage("migrate", "map", tree.path, "--json").split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])["fileId"] as? String
    }
    #expect(Set(ids).count == count && ids.count == count)
    let store = try BucketView(stack).store
    var versions = 0
    var token: String?
    repeat {
      let page = try store.listVersions("uploads-raw", prefix: "\(user)/", after: token, limit: 1000)
      versions += page.items.count
      token = page.next
    } while token != nil
    #expect(versions == count, "an object was sent twice")
    #expect(try store.listMultipartUploads("uploads-raw", prefix: "\(user)/", after: nil, limit: 10).items.isEmpty)
  }

  @Test mutating func `a migration that is killed at any moment continues, and sends nothing twice`() throws {
    let count = LongRun.count(5000, reduced: 400)
    try write(count)
    for _ in 0..<LongRun.count(50, reduced: 4) {
      let process = try start()
      usleep(UInt32.random(in: 150_000...900_000, using: &random))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let last = try start()
    last.waitUntilExit()
    #expect(last.terminationStatus == 0, "\(said)")
    try check(count + 1)
  }

  /// Runs a migration against a proxy in front of the store, while `body` decides how many requests fail.
  private func migrate(
    _ count: Int,
    _ body: (_ proxy: FaultyProxy, _ fail: (Int) throws -> Void, _ isRunning: () -> Bool) throws -> Void
  ) throws {
    try write(count)
    let url = try #require(stack.environment["STOWAGE_S3_URL"].flatMap { URL(string: $0) })
    let proxy = try FaultyProxy(to: #require(url.port))
    defer { proxy.stop() }
    func fail(_ percent: Int) throws {
      _ = try HTTPClient().send(HTTPRequest("GET", proxy.url + "/-/faults/\(percent)"))
    }
    try fail(30)
    let environment = ["STOWAGE_S3_URL": proxy.url]
    let process = try start(environment)
    try body(proxy, fail) { process.isRunning }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    try fail(0)
    try check(count + 1, environment)
  }

  @Test func `beside a store that fails 30 of 100 requests, one run brings everything`() throws {
    let count = LongRun.count(3000, reduced: 300)
    try migrate(count) { proxy, _, isRunning in
      while isRunning() { usleep(50_000) }
      let (passed, failed) = proxy.counts
      // One for each small file; three parts, a start, an end and a look at the bucket.
      let ratio = Double(passed + failed.values.reduce(0, +)) / Double(count + 6)
      print("30 % of faults, whole command: \(ratio) requests for each needed")
      // Chance is a twentieth in a short run.
      #expect(ratio < (LongRun.isWanted ? 1.6 : 1.7))
    }
  }

  @Test func `a store that fails every request for a while delays a run, and ends nothing`() throws {
    let count = LongRun.count(2000, reduced: 300)
    try migrate(count) { proxy, fail, isRunning in
      while isRunning(), proxy.counts.passed < count / 2 { usleep(20_000) }
      try fail(100)
      sleep(UInt32(LongRun.count(600, reduced: 8)))
      #expect(isRunning())
      try fail(0)
    }
  }
}
