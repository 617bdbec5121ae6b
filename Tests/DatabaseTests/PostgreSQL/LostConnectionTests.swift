import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Database

/// Connections that end at the worst time.
@Suite(.postgresqlAlone) struct LostConnectionTests {
  private let fixture: DatabaseFixture
  private var now: Date { DatabaseFixture.epoch }

  init() throws { fixture = try DatabaseFixture() }

  /// Ends all other connections to the database of the test.
  private func endConnections() throws {
    let others = "datname = current_database() AND pid <> pg_backend_pid()"
    try fixture.onServer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(others)")
  }

  /// Opens the database through a proxy that strikes the first answers to a COMMIT behind the upgrade.
  private func behindProxy(_ way: String, count: Int, busySeconds: Double) throws -> (FileDatabase, WatchedProxy) {
    let proxy = try WatchedProxy(to: fixture.socket(), way, count)
    let url = try #require(fixture.url).replacing(fixture.socket().deletingLastPathComponent().path, with: proxy.folder)
    let server = PostgreSQLServer(url: Secret(url), answerSeconds: 1)
    return (try FileDatabase(.postgresql(server), busySeconds: busySeconds), proxy)
  }

  @Test func `a write whose connection ends before the commit is repeated, and takes effect once`() throws {
    let user = try fixture.makeUser(quota: 1000)
    let upload = try newUpload(user)
    let runs = Mutex(0)
    _ = try fixture.database.write { connection in
      try connection.run(UserStatement.lock, ["user": user.description])
      if runs.withLock({
        $0 += 1; return $0
      }) < 3 {
        try endConnections()
      }
      return try connection.run(UserStatement.withdraw, ["user": user.description, "size": 0]).count
    }
    #expect(runs.withLock { $0 } == 3)
    #expect(try fixture.database.reserve(upload, at: now) == .reserved)
    #expect(try fixture.database.quota(user) == [0, 100])
  }

  @Test func `a read whose connection ended while it was idle is repeated`() throws {
    let user = try fixture.makeUser()
    for _ in 0..<5 {
      try endConnections()
      #expect(try fixture.database.user(user)?.id == user)
    }
  }

  @Test(arguments: ["cut", "swallow"])
  func `a reservation whose commit gets no answer is looked up, and never made twice`(_ way: String) throws {
    let user = try fixture.makeUser(quota: 1000)
    let (database, proxy) = try behindProxy(way, count: 3, busySeconds: 5)
    defer { proxy.end() }
    for _ in 0..<5 { #expect(try database.reserve(newUpload(user), at: now) == .reserved) }
    #expect(try fixture.database.quota(user) == [0, 500])
    #expect(try fixture.database.recountQuotas().isEmpty)
  }

  @Test func `a server that does not answer is unavailable at the deadline`() throws {
    let user = try fixture.makeUser()
    let impatient = try fixture.another(busySeconds: 0.5)
    _ = try impatient.user(user)
    let holder = try fixture.another()
    _ = try holder.write { connection in
      try connection.run(UserStatement.lock, ["user": user.description])
      let start = ContinuousClock.now
      let error = #expect(throws: StorageError.self) { try impatient.makePending(user) }
      if case .unavailable = error {} else { Issue.record("\(String(describing: error))") }
      #expect(ContinuousClock.now - start < .seconds(3))
    }
    #expect(try impatient.record(impatient.makePending(user)).state == .pending)
  }

  @Test func `a URL that leads nowhere is unavailable, and the password is not told`() throws {
    let server = PostgreSQLServer(url: Secret("postgresql://ann:hunter22@127.0.0.1:1/stowage"))
    let error = #expect(throws: StorageError.self) { try FileDatabase(.postgresql(server), busySeconds: 0.3) }
    let words = String(describing: error)
    #expect(words.contains("unavailable") && !words.contains("hunter22"), "\(words)")
    #expect("\(DatabaseLocation.postgresql(server))" == "postgresql://127.0.0.1:1/stowage")
  }
}

/// The proxy of Python/cutting_proxy.py.
private final class WatchedProxy {
  let folder: String
  private let process = Process()

  init(to socket: URL, _ way: String, _ count: Int) throws {
    let place = FileManager.default.temporaryDirectory.appending(path: "pg-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    folder = place.path
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Python/cutting_proxy.py")
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = [script.path, socket.path, folder, way, String(count)]
    process.standardOutput = output
    try process.run()
    try #require(!output.fileHandleForReading.availableData.isEmpty)
  }

  func end() {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }
}
