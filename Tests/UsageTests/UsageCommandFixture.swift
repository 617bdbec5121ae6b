import Core
import Database
import Foundation
import S3
import Storage
import Synchronization
import TestSupport
import Testing

/// Four buckets on SeaweedFS, a database, and the program `stowage`.
final class UsageCommandFixture: Sendable {
  struct Truth: Decodable {
    let buckets: [String: [String: [Int64]]]
    let users: [String: [Int64]]
  }

  /// A run of `stowage usage collect`.
  struct Run {
    let status: Int32
    let output: String
    /// The largest resident size in kB that was seen.
    let peak: Int
    let seconds: Double
  }

  private static let programs = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().path
  static let python =
    ProcessInfo.processInfo.environment["STOWAGE_PYTHON"]
    ?? FileManager.default.currentDirectoryPath + "/.venv/bin/python"

  let folder: ScratchFolder
  let store: S3Store
  let server: SeaweedFS
  let names: [String]
  let database: FileDatabase

  init(inventory: String = "none") throws {
    folder = try ScratchFolder()
    server = try SeaweedFS.shared()
    store = try RealStore.seaweedFS.store()
    names = (0..<4).map { _ in SeaweedFS.freshBucketName() }
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    for (number, name) in names.enumerated() {
      try store.createBucket(name)
      if number != 1 { try store.setVersioning(true, of: name) }
    }
    let settings = [
      "STOWAGE_ENVIRONMENT": "development", "STOWAGE_STORE": "seaweedfs", "STOWAGE_S3_URL": server.url,
      "STOWAGE_S3_ACCESS_KEY": server.accessKey, "STOWAGE_S3_SECRET_KEY": server.secretKey,
      "STOWAGE_BUCKET_RAW": names[0], "STOWAGE_BUCKET_PROCESSED": names[1], "STOWAGE_BUCKET_BACKUPS": names[2],
      "STOWAGE_BUCKET_LOGS": names[3], "STOWAGE_INVENTORY": inventory,
      "STOWAGE_DATABASE_URL": "sqlite:" + folder.file("stowage.sqlite"), "STOWAGE_SOCKET_DIRECTORY": folder.path,
      "STOWAGE_TEMPORARY_DIRECTORY": folder.path, "STOWAGE_IDENTITY": "nginx",
      "STOWAGE_IMAGES_URL": "https://img.example.com", "STOWAGE_CORS_ORIGINS": "https://app.example.com",
      "STOWAGE_SCANNER": "none", "STOWAGE_DECODER": Self.programs + "/decoder",
    ]
    try folder.write(Array(settings.map { "\($0.key)=\($0.value)\n" }.joined().utf8), to: "stowage.env")
  }

  /// Deletes the buckets.
  func remove() {
    for name in names {
      if let token = try? store.listMultipartUploads(name, prefix: "", after: nil, limit: 1000) {
        for line in token.items { try? store.abortMultipartUpload(line.upload, to: line.key, in: name) }
      }
      var token: String?
      repeat {
        guard let page = try? store.listVersions(name, prefix: "", after: token, limit: 1000) else { break }
        _ = try? store.deleteAll(page.items.map { ObjectReference($0.key, version: $0.version) }, in: name)
        token = page.next
      } while token != nil
      try? store.deleteBucket(name)
    }
  }

  /// Stores `count` versions, among them older ones and markers, and some incomplete uploads.
  func fill(_ count: Int) throws {
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: 8) { lane in
      do {
        for number in stride(from: lane, to: count, by: 8) { try add(number) }
      } catch { failure.withLock { $0 = error } }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    for number in 0..<5 {
      let key = try key(90_000 + number)
      let upload = try store.createMultipartUpload(key, in: names[number % 3])
      for part in 0..<number % 3 {
        let bytes = ObjectBody.bytes([UInt8](repeating: 1, count: 100 + number))
        _ = try store.uploadPart(bytes, number: part + 1, to: key, in: names[number % 3], upload: upload)
      }
    }
  }

  private func key(_ number: Int) throws -> String {
    let user = try #require(UserID("user\(number % 97)"))
    let hex = String(format: "%012x", number)
    let file = try #require(FileID("01920000-0000-7000-8000-\(hex)"))
    return RawKey(user: user, file: file, type: number % 2 == 0 ? .jpeg : nil).description
  }

  /// Each ten numbers make seven keys in the raw bucket, of which one has an older version, one a marker, and objects elsewhere.
  private func add(_ number: Int) throws {
    let body = ObjectBody.bytes([UInt8](repeating: 7, count: number % 53))
    switch number % 10 {
    case 8: _ = try store.put(body, to: "images/\(key(number))", in: names[1])
    case 9: _ = try store.put(body, to: "day/\(number)", in: names[2 + number / 10 % 2])
    case 7:
      _ = try store.put(body, to: key(number - 7 + 100_000), in: names[0])
      try store.delete(key(number - 7 + 100_000), in: names[0])
    case 6:
      for _ in 0..<2 { _ = try store.put(body, to: key(number), in: names[0]) }
    default: _ = try store.put(body, to: key(number), in: names[0])
    }
  }

  /// Counts with boto3.
  func truth() throws -> Truth {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Python/truth.py").path
    let data = try run(Self.python, [script, server.url, server.accessKey, server.secretKey] + names)
    return try JSONDecoder().decode(Truth.self, from: data)
  }

  /// Runs a program; `disturb` gets the process while it runs, again and again.
  func stowage(
    _ arguments: [String],
    program: String = "stowage",
    _ settings: [String: String] = [:],
    disturb: (pid_t) throws -> Void = { _ in }
  ) throws -> Run {
    let process = Process()
    let log = folder.file("out-\(UUID().uuidString)")
    try folder.write([], to: URL(filePath: log).lastPathComponent)
    let output = try #require(FileHandle(forWritingAtPath: log))
    process.executableURL = URL(filePath: Self.programs + "/\(program)")
    process.arguments = arguments
    process.environment = settings.merging(["STOWAGE_CONFIG": folder.file("stowage.env")]) { $1 }
    (process.standardOutput, process.standardError) = (output, output)
    process.standardInput = FileHandle.nullDevice
    let start = ContinuousClock.now
    try process.run()
    var peak = 0
    while process.isRunning {
      if let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8),
        let found = status.firstMatch(of: /VmHWM:\s+([0-9]+) kB/)
      {
        peak = max(peak, Int(found.1) ?? 0)
      }
      try disturb(process.processIdentifier)
      usleep(1000)
    }
    process.waitUntilExit()
    return Run(
      status: process.terminationStatus,
      output: try String(contentsOfFile: log, encoding: .utf8),
      peak: peak,
      seconds: (ContinuousClock.now - start) / .seconds(1)
    )
  }

  /// Compares the last collection with the truth, to the byte.
  func expectEqual(_ truth: Truth) throws {
    let counts = try database.usageCounts()
    for (role, name) in zip([BucketRole.raw, .processed, .backups, .logs], names) {
      func sum(_ kinds: [StoredKind]) -> [Int64] {
        let found = counts.filter { $0.bucket == role && kinds.contains($0.kind) }
        return [found.map(\.objects).reduce(0, +), found.map(\.bytes).reduce(0, +)]
      }
      let known = truth.buckets[name] ?? [:]
      #expect(sum([.current, .unknown, .variant, .quarantined]) == known["newest"] ?? [0, 0], "\(role)")
      #expect(sum([.noncurrent]) == known["noncurrent"] ?? [0, 0], "\(role)")
      #expect(sum([.marker]) == known["marker"] ?? [0, 0], "\(role)")
      #expect(sum([.multipart]) == known["multipart"] ?? [0, 0], "\(role)")
    }
    let users = try database.usageOfUsers(largest: 1000)
    let found = Dictionary(uniqueKeysWithValues: users.map { ($0.user.description, [$0.objects, $0.bytes]) })
    #expect(found == truth.users)
  }
}
