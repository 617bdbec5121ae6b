import Foundation
import Glibc
import TestSupport
import Testing

@testable import FastCGI

/// Servers that take over one socket from each other while clients send requests through nginx.
@Suite(.serialized) final class HandoverTests {
  private let folder: URL
  private var socket: String { folder.appending(path: "echo.sock").path }

  init() throws { folder = try ScratchFolder.make(named: "fastcgi") }
  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Runs clients that GET and clients that POST until `body` returns; returns the count of each outcome.
  private func underLoad(port: Int, while body: () throws -> Void) rethrows -> [String: Int] {
    try outcomes(of: 8) { client, _ in
      let method = client.isMultiple(of: 2) ? "GET" : "POST"
      let text = "client \(client)"
      let answer = ask(port, "/echo", method: method, body: method == "GET" ? [] : Array(text.utf8))
      let isEcho = answer?.text.hasPrefix("method=\(method)\n") == true
      let isWhole = answer?.isWhole == true && (method == "GET" || answer?.text.hasSuffix(text) == true)
      return answer.map { isEcho && isWhole ? "\(method) \($0.status)" : "\(method) cut" } ?? "none"
    } while: {
      try body()
    }
  }

  private func expectNoFailure(_ outcomes: [String: Int]) {
    #expect(outcomes.keys.sorted() == ["GET 200", "POST 200"], "\(outcomes)")
    #expect(outcomes.values.allSatisfy { $0 > 50 }, "\(outcomes)")
  }

  @Test func `twenty swaps by rename under load lose no request`() throws {
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    var current = try EchoProcess(socket: socket)
    let outcomes = try underLoad(port: nginx.port) {
      for _ in 0..<20 {
        let next = try EchoProcess(socket: socket)
        #expect(current.end() == 0)
        current = next
      }
    }
    expectNoFailure(outcomes)
    #expect(current.end() == 0)
    #expect(!FileManager.default.fileExists(atPath: socket))
  }

  @Test(arguments: [EchoProcess.Passing.asDescriptor0, .byListenFDs])
  func `fifteen restarts with an inherited socket under load lose no request`(_ passing: EchoProcess.Passing) throws {
    let listener = try OpenListener(.path(socket, mode: 0o666))
    let handle = FileHandle(fileDescriptor: listener.descriptor.number, closeOnDealloc: false)
    let nginx = try nginx(before: socket)
    defer { nginx.stop() }
    var current = try EchoProcess(socket: socket, inheriting: handle, passing: passing)
    let outcomes = try underLoad(port: nginx.port) {
      for _ in 0..<15 {
        usleep(20_000)
        #expect(current.end() == 0)
        current = try EchoProcess(socket: socket, inheriting: handle, passing: passing)
      }
    }
    expectNoFailure(outcomes)
    #expect(current.end() == 0)
  }

  @Test(arguments: [EchoProcess.Passing.asDescriptor0, .byListenFDs])
  func `the queue of an inherited socket is left to the successor`(_ passing: EchoProcess.Passing) throws {
    let listener = try OpenListener(.path(socket, mode: 0o666))
    let handle = FileHandle(fileDescriptor: listener.descriptor.number, closeOnDealloc: false)
    let first = try EchoProcess(socket: socket, inheriting: handle, passing: passing)
    #expect(first.end() == 0)
    let wire = try #require(Wire(socket: socket))
    wire.send(FastCGIRecords.whole("/empty"))
    let second = try EchoProcess(socket: socket, inheriting: handle, passing: passing)
    #expect(wire.readToEnd().map { FastCGIRecords.read($0).isEnded } == true)
    #expect(second.end() == 0)
    #expect(FileManager.default.fileExists(atPath: socket))
  }

  @Test func `a socket passed to another process is not used`() throws {
    let listener = try OpenListener(.path(socket, mode: 0o666))
    let handle = FileHandle(fileDescriptor: listener.descriptor.number, closeOnDealloc: false)
    #expect(throws: EchoProcess.NotReady.self) {
      try EchoProcess(socket: socket, inheriting: handle, passing: .byListenFDsOfAnother)
    }
  }

  @Test func `a staged server takes no request before it is put in place, and owns the place afterwards`() throws {
    let old = try EchoProcess(socket: socket)
    let new = try EchoProcess(socket: socket, at: "staged:\(socket)")
    let staged = StagedSocket.path(beside: socket, process: new.process.processIdentifier)
    func process(at path: String) throws -> String {
      String(decoding: try Client(socket: path).get("/pid").body, as: UTF8.self)
    }
    #expect(try process(at: socket) == "\(old.process.processIdentifier)")
    #expect(try process(at: staged) == "\(new.process.processIdentifier)")
    try StagedSocket.put(staged, over: socket)
    #expect(try process(at: socket) == "\(new.process.processIdentifier)")
    #expect(old.end() == 0)
    #expect(try process(at: socket) == "\(new.process.processIdentifier)")
    #expect(new.end() == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func `a staged server that is never put in place deletes its socket`() throws {
    let new = try EchoProcess(socket: socket, at: "staged:\(socket)")
    #expect(new.end() == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func `a shared name belongs to the last claimant, and is free for the next when that one ends`() throws {
    let (name, first, second) = (socket, socket + ".1", socket + ".2")
    var servers = try [first, second].map { try OpenListener(.path($0, mode: 0o600)) }
    let names = try [first, second].map { try SharedName(name, for: $0) }
    func owner() -> ino_t? {
      var status = stat()
      return lstat(name, &status) == 0 ? status.st_ino : nil
    }
    func inode(_ path: String) -> ino_t? {
      var status = stat()
      return lstat(path, &status) == 0 ? status.st_ino : nil
    }
    #expect(owner() == inode(second))
    names[0].withdraw()
    try names[0].claimIfVacant()
    #expect(owner() == inode(second))
    names[1].withdraw()
    servers[1].withdraw()
    #expect(owner() == nil)
    try names[0].claimIfVacant()
    #expect(owner() == inode(first))
    try names[1].claimIfVacant()
    #expect(owner() == inode(first))
    servers[1] = try OpenListener(.path(second, mode: 0o600))
    let killed = try SharedName(name, for: second)
    servers.removeLast()
    try names[0].claimIfVacant()
    #expect(owner() == inode(first), "a socket that refuses is vacant")
    killed.withdraw()
    names[0].withdraw()
    servers[0].withdraw()
    try FileManager.default.removeItem(atPath: second)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
