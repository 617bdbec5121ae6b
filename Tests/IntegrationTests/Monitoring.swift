import FastCGI
import Foundation
import HTTP
import TestSupport
import Testing

/// The loopback listener of the running stack.
struct Monitoring {
  let stack: Stack
  private let url: String

  init() throws {
    stack = try #require(Stack.current)
    url = try #require(stack.environment["STOWAGE_METRICS_URL"])
  }

  func scrape(_ process: String) throws -> Scrape {
    let answer = try stack.send("GET", "\(url)/\(process)/metrics")
    #expect(answer.head.status == 200)
    #expect(answer.head["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
    return try Scrape(String(decoding: answer.body, as: UTF8.self))
  }

  func health(_ process: String, _ kind: String) throws -> (status: Int, members: [String: Any]) {
    let answer = try stack.send("GET", "\(url)/\(process)/health/\(kind)")
    let members = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
    return (answer.head.status, try #require(members))
  }

  func status(_ path: String) throws -> Int { try stack.send("GET", url + path).head.status }
}

/// A process beside the stack's, with separate settings and a separate folder for its socket, its database and its log.
final class PrivateProcess {
  let folder: ScratchFolder
  let socket: String
  private let process = Process()
  var pid: Int32 { process.processIdentifier }

  /// Starts the process and returns once it listens.
  ///
  /// Its socket is `\(name).sock` if no other process shares the folder.
  init(
    _ name: String,
    _ settings: [String: String] = [:],
    in folder: ScratchFolder? = nil,
    socket: (Int32) -> String? = { _ in nil }
  ) throws {
    self.folder = try folder ?? ScratchFolder()
    let folder = self.folder
    let own = [
      "STOWAGE_SOCKET_DIRECTORY": folder.path, "STOWAGE_DATABASE_URL": "sqlite:" + folder.file("stowage.sqlite"),
    ]
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name]
    process.environment = ProcessInfo.processInfo.environment.merging(own) { $1 }.merging(settings) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    _ = FileManager.default.createFile(atPath: folder.file("\(name).log"), contents: nil)
    process.standardError = FileHandle(forWritingAtPath: folder.file("\(name).log")) ?? FileHandle.nullDevice
    try process.run()
    // env replaces itself by the program, so this is the program's process ID.
    self.socket = folder.file(socket(process.processIdentifier) ?? "\(name).sock")
    for _ in 0..<6000 where !FileManager.default.fileExists(atPath: self.socket) {
      guard process.isRunning else { throw Unexpected("\(name) ended with \(process.terminationStatus)") }
      usleep(10_000)
    }
  }

  deinit { end(by: SIGTERM) }

  func end(by signal: Int32) {
    if process.isRunning { kill(pid, signal) }
    process.waitUntilExit()
  }

  /// Returns the readiness checks that the process reports, with the status.
  func readiness() throws -> (status: Int, parts: [String: String]) {
    let answer = try Client(socket: socket).get("/health/ready", within: .seconds(20))
    let members = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
    return (answer.status, try #require(members?["parts"] as? [String: String]))
  }
}
