import Foundation
import Synchronization
import TestSupport

/// A clamd that has official signatures of a given day, and gives one verdict on every file.
final class ScriptedClamd: Sendable {
  private struct Script {
    var version: String
    var verdict: String
  }

  let path: String
  private let listener: Int32
  private let script: Mutex<Script>

  /// Listens at `path` with signatures of today, and finds the EICAR test file.
  init(path: String) throws {
    self.path = path
    script = Mutex(Script(version: Self.version(at: .now), verdict: "stream: Eicar-Test-Signature FOUND"))
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: name.sun_path) else { throw Unexpected("\(path): too long") }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isBound = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) == 0 }
    }
    guard isBound, listen(listener, 16) == 0 else { throw Unexpected("\(path): \(errno)") }
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        serve(connection)
        close(connection)
      }
    }
  }

  /// Ends the server.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// Returns clamd's words for signatures of this time.
  static func version(at date: Date) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "EEE MMM d HH:mm:ss yyyy"
    return "ClamAV 1.4.3/27812/\(formatter.string(from: date))"
  }

  /// Changes the answers; nil keeps one.
  func answer(version: String? = nil, verdict: String? = nil) {
    script.withLock {
      $0.version = version ?? $0.version
      $0.verdict = verdict ?? $0.verdict
    }
  }

  private func serve(_ connection: Int32) {
    guard let command = read(connection, until: 0) else { return }
    let script = script.withLock { $0 }
    var answer = script.version
    if command == "zPING" { answer = "PONG" }
    if command == "zINSTREAM" {
      while let length = number(connection), length > 0 {
        for _ in 0..<length { guard byte(connection) != nil else { return } }
      }
      answer = script.verdict
    }
    _ = (answer + "\0").withCString { send(connection, $0, answer.utf8.count + 1, Int32(MSG_NOSIGNAL)) }
  }

  private func byte(_ connection: Int32) -> UInt8? {
    var byte: UInt8 = 0
    return recv(connection, &byte, 1, 0) == 1 ? byte : nil
  }

  private func number(_ connection: Int32) -> Int? {
    var number = 0
    for _ in 0..<4 {
      guard let byte = byte(connection) else { return nil }
      number = number << 8 | Int(byte)
    }
    return number
  }

  private func read(_ connection: Int32, until end: UInt8) -> String? {
    var bytes: [UInt8] = []
    while let byte = byte(connection), bytes.count < 64 {
      if byte == end { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    return nil
  }
}
