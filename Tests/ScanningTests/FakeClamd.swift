import Foundation
import Synchronization

/// A socket that accepts one connection and behaves as a test says.
final class FakeClamd: Sendable {
  enum Behaviour: Sendable {
    /// Answers before it has read anything but the command.
    case answersAtOnce(String)
    /// Reads the stream up to its end, answers, and closes.
    case answersAfterTheEnd([UInt8])
    /// Reads this many bytes and closes without an answer.
    case closesAfter(Int)
    /// Reads everything and never answers.
    case staysSilent
    /// Reads nothing but the command until the client closes the connection.
    case stalls
  }

  let path: String
  private let listener: Int32
  private let ended = DispatchSemaphore(value: 0)

  init(_ behaviour: Behaviour) throws {
    path = "/tmp/stowage-fake-\(UUID().uuidString)"
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listener, 1) == 0 else {
      ended.signal()
      throw POSIXError(.EADDRINUSE)
    }
    let (door, done) = (listener, ended)
    Thread.detachNewThread {
      let connection = accept(door, nil, nil)
      if connection >= 0 {
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        Self.behave(behaviour, on: connection)
        close(connection)
      }
      done.signal()
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    ended.wait()
    close(listener)
    unlink(path)
  }

  private static func behave(_ behaviour: Behaviour, on connection: Int32) {
    guard read(connection, 10) == Array("zINSTREAM\0".utf8) else { return }
    switch behaviour {
    case .answersAtOnce(let text):
      write(connection, Array(text.utf8))
      shutdown(connection, Int32(SHUT_WR))
      while !read(connection, 4096).isEmpty {}
    case .answersAfterTheEnd(let bytes):
      while case let length = read(connection, 4), length.count == 4, length != [0, 0, 0, 0] {
        let count = length.reduce(0) { $0 << 8 | Int($1) }
        guard read(connection, count).count == count else { return }
      }
      write(connection, bytes)
    case .closesAfter(let count): _ = read(connection, count)
    case .staysSilent: while !read(connection, 4096).isEmpty {}
    case .stalls:
      var entry = pollfd(fd: connection, events: 0, revents: 0)
      poll(&entry, 1, 60_000)
    }
  }

  private static func read(_ descriptor: Int32, _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: min(count, 65_536))
    while bytes.count < count {
      let got = recv(descriptor, &piece, min(piece.count, count - bytes.count), 0)
      guard got > 0 else { break }
      bytes += piece.prefix(got)
    }
    return bytes
  }

  private static func write(_ descriptor: Int32, _ bytes: [UInt8]) {
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
