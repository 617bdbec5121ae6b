import Core
import FastCGI
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Operations

/// `stowage swap`, with the tests' echo process in place of a handler.
@Suite(.serialized) final class SwapTests {
  private static let echo = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("fastcgi-echo").path

  private let folder: ScratchFolder
  private let old: Process
  private var socket: String { folder.file("files.sock") }
  private var reports: [String] = []

  /// Starts one process, which writes its log to a file.
  init() throws {
    folder = try ScratchFolder()
    old = Process()
    try FileManager.default.copyItem(atPath: Self.echo, toPath: folder.file("files"))
    old.executableURL = URL(filePath: folder.file("files"))
    old.arguments = [folder.file("files.sock")]
    old.standardInput = FileHandle.nullDevice
    old.standardOutput = FileHandle.nullDevice
    old.standardError = FileHandle(forWritingAtPath: try folder.write([], to: "files.log"))
    try old.run()
    try wait { (try? Client(socket: socket).get("/empty")) != nil }
  }

  deinit {
    if let last = try? Client(socket: socket).listener(), last != getpid() { kill(last, SIGKILL) }
    old.terminate()
    old.waitUntilExit()
    started.forEach(Self.reap)
  }

  /// The processes that the swaps started, from their reports.
  ///
  /// They are children of this process, unlike those of `stowage`.
  private var started: [Int32] { reports.compactMap { $0.firstMatch(of: /as process (\d+)/).flatMap { Int32($0.1) } } }

  /// Reaps a child that has ended: a zombie would keep the test library from noticing the end of other children.
  private static func reap(_ child: Int32) {
    guard waitpid(child, nil, WNOHANG) == 0 else { return }
    kill(child, SIGKILL)
    waitpid(child, nil, 0)
  }

  private func wait(until condition: () -> Bool) throws {
    for _ in 0..<1000 {
      if condition() { return }
      usleep(10_000)
    }
    throw Unexpected("not within 10 s")
  }

  /// Writes a program that runs the shell script.
  private func program(_ script: String) throws -> String {
    let path = try folder.write(Array("#!/bin/sh\n\(script)\n".utf8), to: "program-\(UUID().uuidString.prefix(8))")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  /// Writes another build of the echo process, which supports `--staged`.
  private func build(_ settings: String = "") throws -> String {
    try program("exec \(Self.echo) staged:\(socket) \(settings)")
  }

  private func order(_ program: String, ready: Double = 10, drain: Double = 20) -> Swap.Order {
    Swap.Order(
      process: "files",
      program: program,
      environment: ["PATH": "/usr/bin:/bin"],
      socketDirectory: folder.path,
      readySeconds: ready,
      drainSeconds: drain
    )
  }

  private func swap(_ order: Swap.Order, isCancelled: @escaping () -> Bool = { false }) throws {
    try Swap(order, report: { self.reports.append($0) }, isCancelled: isCancelled).run()
  }

  private func server() throws -> Int32 {
    try #require(Int32(String(decoding: try Client(socket: socket).get("/pid").body, as: UTF8.self)))
  }

  /// Expects the swap to fail with these words, and to change nothing.
  private func expectFailure(
    _ order: Swap.Order,
    _ words: String...,
    isCancelled: @escaping () -> Bool = { false }
  ) throws -> Swap.Failure? {
    let before = try server()
    let failure = #expect(throws: Swap.Failure.self) { try swap(order, isCancelled: isCancelled) }
    let text = failure.map { "\($0.text) \($0.lastWords) \($0.advice)" } ?? ""
    for word in words { #expect(text.contains(word), "\(text)") }
    #expect(try server() == before)
    #expect(try leftovers() == [])
    return failure
  }

  private func leftovers() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("files.sock.") }
  }

  // MARK: Successful swaps

  @Test func `five swaps under load lose no request, and each old process ends`() throws {
    let client = Client(socket: socket)
    var servers: Set<Int32> = [try server()]
    let found = try outcomes(of: 4) { _, _ in
      do throws(Client.Failure) { return try "\(client.get("/empty").status)" } catch { return "\(error)" }
    } while: {
      for _ in 0..<5 {
        try swap(order(build()))
        servers.insert(try server())
      }
    }
    #expect(found.keys.sorted() == ["200"])
    #expect(found["200", default: 0] > 100)
    #expect(servers.count == 6)
    #expect(servers.filter { RunningProcess($0) != nil } == [try server()])
    #expect(try leftovers() == [])
  }

  @Test func `the new process runs in a separate session and inherits no descriptor`() throws {
    try swap(order(build()))
    let pid = try server()
    #expect(getsid(pid) == pid)
    let log = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/2")
    #expect(URL(filePath: log).lastPathComponent == "files.log")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/0") == "/dev/null")
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
    let targets = descriptors.compactMap {
      try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
    }
    #expect(targets.filter { $0.hasPrefix("/") && $0 != "/dev/null" && $0 != log && !$0.hasPrefix("/memfd:") } == [])
  }

  @Test func `a killed process is replaced too`() throws {
    kill(old.processIdentifier, SIGKILL)
    old.waitUntilExit()
    var order = try order(build())
    order.log = folder.file("other.log")
    try swap(order)
    #expect(try server() != old.processIdentifier)
    #expect(reports.contains { $0.contains("was killed") })
  }

  @Test func `a foreign listener is left alone, and so is the target of a symbolic link`() throws {
    let silent = try ScriptedFastCGI(socket: folder.file("image.sock")) { _ in .init([], "", pause: 6) }
    defer { silent.stop() }
    var order = try order(build())
    order.process = "image"
    let error = #expect(throws: Swap.Failure.self) { try swap(order) }
    #expect(error?.text.contains("does not answer") == true && reports.isEmpty)
    try FileManager.default.createSymbolicLink(atPath: folder.file("presign.sock"), withDestinationPath: socket)
    order.process = "presign"
    let second = #expect(throws: Swap.Failure.self) { try swap(order) }
    #expect(second?.text.contains("is no socket") == true && reports.isEmpty)
    #expect(try server() == old.processIdentifier)
  }

  @Test func `a wrong program is reported by its name`() throws {
    let presign = try StandIn(at: folder.file("presign.sock"))
    var order = try order(build())
    order.process = "presign"
    order.log = folder.file("presign.log")
    _ = try expectFailure(order, "is files, not presign")
    presign.stop()
    presign.waitUntilOver()
  }

  @Test func `an old process that does not finish in time is reported, and left alone`() throws {
    kill(old.processIdentifier, SIGSTOP)
    defer { kill(old.processIdentifier, SIGCONT) }
    var order = try order(build(), drain: 0.2)
    order.log = folder.file("files.log")
    try swap(order)
    #expect(try server() != old.processIdentifier)
    #expect(reports.last?.contains("left alone") == true && RunningProcess(old.processIdentifier) != nil)
    kill(old.processIdentifier, SIGCONT)
    old.waitUntilExit()
    #expect(old.terminationStatus == 0)
  }

  // MARK: Failed swaps

  @Test func `a program that crashes gets no request, and its last output is shown`() throws {
    let script = "echo '{\"message\":\"request\"}' >&2; echo 'no such bucket' >&2; exit 3"
    let failure = try expectFailure(order(program(script)), "status 3", "took no request")
    #expect(failure?.lastWords == ["no such bucket"])
    _ = try expectFailure(order("/bin/false"), "status 1")
    _ = try expectFailure(order(program("kill -SEGV $$")), "signal 11")
  }

  @Test func `a program that does not support --staged is reported as too old`() throws {
    _ = try expectFailure(order(program("exit 64")), "status 64", "--staged")
  }

  @Test func `a second simultaneous swap of one process is refused`() throws {
    let lock = try SwapLock("files", in: folder.path)
    let error = #expect(throws: Swap.Failure.self) { try swap(order(build())) }
    #expect(error?.text.contains("being swapped already") == true && reports.isEmpty)
    withExtendedLifetime(lock) {}
  }

  @Test func `a program that hangs is killed with its children`() throws {
    let mark = folder.file("pids")
    let script = "trap '' TERM; sleep 60 & echo $$ $! > \(mark); wait; sleep 60"
    _ = try expectFailure(order(program(script), ready: 0.5), "not ready after 0.5 s", "never listened")
    let pids = String(decoding: try folder.bytes("pids"), as: UTF8.self).split(whereSeparator: \.isWhitespace)
    #expect(pids.count == 2)
    for pid in pids.compactMap({ Int32($0) }) { try wait { RunningProcess(pid) == nil } }
  }

  @Test func `a process that is not ready gets no request, and the failed check is named`() throws {
    _ = try expectFailure(order(build("ready=503"), ready: 1), "not ready after 1 s", "soup: cold", "--ready-seconds")
    _ = try expectFailure(order(build("ready=500"), ready: 0.5), "soup")
  }

  @Test func `a process that dies just after taking over gives the socket back`() throws {
    _ = try expectFailure(order(build("die-after=1")), "status 9", "has it back")
    #expect(try server() == old.processIdentifier)
  }

  @Test func `an interruption before the takeover undoes everything`() throws {
    let staged = { [folder] in
      (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.contains { $0.hasSuffix(".staged") } == true
    }
    _ = try expectFailure(order(build("ready=503")), "interrupted", "Nothing was changed", isCancelled: staged)
    _ = try expectFailure(order(build()), "interrupted", isCancelled: { true })
  }

  @Test func `an impossible swap is refused before any process starts`() throws {
    _ = try expectFailure(order("/nonexistent"), "no program")
    _ = try expectFailure(order(folder.path), "no program")
    _ = try expectFailure(order(folder.write([], to: "plain")), "no program")
    var order = try order(build())
    order.log = "/nonexistent/log"
    _ = try expectFailure(order, "No such file")
    order.process = "worker"
    _ = try expectFailure(order, "SIGTERM")
    order.process = "../files"
    _ = try expectFailure(order, "'../files' is not a process that can be swapped")
    _ = try folder.write([], to: "clamd.sock")
    order.process = "nope"
    let all = "These can be swapped: \(ProcessName.handlers.map(\.rawValue).joined(separator: ", "))."
    let failure = try expectFailure(order, "'nope' is not a process", all)
    #expect(failure?.advice.contains("clamd") == false)
    order.process = "fils"
    _ = try expectFailure(order, "'fils' is not a process", "Did you mean files?")
    order.process = "image"
    _ = try expectFailure(order, "No such file", "Sockets are there of files.")
    #expect(reports.filter { $0.hasPrefix("started") } == [])
  }

  @Test func `a socket passed by a supervisor is not swapped`() throws {
    let supervisor = try StandIn(at: folder.file("image.sock"), body: #"{"pid":1234567}"#)
    defer {
      supervisor.stop()
      supervisor.waitUntilOver()
    }
    var order = try order(build())
    order.process = "image"
    _ = try expectFailure(order, "process \(getpid())", "supervisor")
  }
}
