import Foundation
import S3
import Storage
import TestSupport
import Testing

/// A migration from another bucket, on the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct MigrateBucketTests {
  private let stack: Stack
  private let store: S3Store
  private let bucket = "source-\(UUID().uuidString.lowercased())"
  private let user = "bucket-\(UUID().uuidString.lowercased())"

  init() throws {
    stack = try #require(Stack.current)
    store = try BucketView(stack).store
  }

  private func stowage(_ arguments: [String], keys: Bool = false) throws -> String {
    var environment: [String: String] = [:]
    if keys {
      environment["STOWAGE_SOURCE_ACCESS_KEY"] = stack.environment["STOWAGE_S3_ACCESS_KEY"]
      environment["STOWAGE_SOURCE_SECRET_KEY"] = stack.environment["STOWAGE_S3_SECRET_KEY"]
    }
    return String(decoding: try run("stowage", ["migrate"] + arguments, environment: environment), as: UTF8.self)
  }

  @Test(arguments: [true, false])
  func `the objects of a bucket become files of their users, and come back as a tree`(isOtherStore: Bool) throws {
    try store.createBucket(bucket)
    let objects = [
      "notes +%.txt": Array("hello".utf8), "deep/er/\u{8}\n": [1, 2, 3], "empty": [],
      "large": (0..<(20 << 20)).map { UInt8(truncatingIfNeeded: $0 / 1000) },
    ]
    for (path, bytes) in objects {
      _ = try store.put(.bytes(bytes), to: "old/\(user)/\(path)", in: bucket, options: PutOptions())
    }
    _ = try store.put(.bytes([9]), to: "elsewhere", in: bucket, options: PutOptions())
    let address = "s3://\(bucket)/old"
    #expect(try stowage(["run", address, "--dry-run"]).contains("4 new"))
    let url = try #require(stack.environment["STOWAGE_S3_URL"])
    let more = (isOtherStore ? ["--source-url", url] : []) + ["--create-users", "--process", "never"]
    let done = try stowage(["run", address] + more, keys: isOtherStore)
    #expect(done.contains("sent 4 files"), "\(done)")
    let again = try stowage(["run", address] + more, keys: isOtherStore)
    #expect(again.contains("4 unchanged") && again.contains("sent 0 files"), "\(again)")
    #expect(try stowage(["status", address]).contains("in the bucket: 4 files"))
    let source = isOtherStore ? ["--source-url", url] : []
    let verified = try stowage(["verify", address, "--tree-users"] + source, keys: isOtherStore)
    #expect(verified.contains("same: 4 files") && verified.contains("of the tree's 1 user"), "\(verified)")
    #expect(throws: Unexpected.self) { try stowage(["prune", address, "--verified-before", "2100-01-01", "--yes"]) }
    let back = try ScratchFolder()
    _ = try stowage(["rollback", address, "--to", back.path, "--only-migrated"])
    for (path, bytes) in objects {
      #expect(
        try Data(contentsOf: URL(filePath: back.file("\(user)/\(path)"))) == Data(bytes),
        "\(path.debugDescription)"
      )
    }
    #expect(throws: Unexpected.self) { try stowage(["run", "s3://uploads-raw"]) }
    #expect(throws: Unexpected.self) { try stowage(["run", "s3://no-such-\(bucket.suffix(8))", "--create-users"]) }
    for path in objects.keys { try store.delete("old/\(user)/\(path)", in: bucket) }
    try store.delete("elsewhere", in: bucket)
    try store.deleteBucket(bucket)
  }
}
