import Foundation
import HTTP
import TestSupport
import Testing

/// nginx's part in sending a file of the old folder: the file may have become something else since the process opened it.
@Suite struct DiskFileTrapTests {
  private let tree: ScratchFolder
  private let sockets: ScratchFolder

  init() throws {
    (tree, sockets) = (try ScratchFolder(), try ScratchFolder())
    for name in ["ada", "bob"] {
      try FileManager.default.createDirectory(atPath: tree.file(name), withIntermediateDirectories: false)
    }
    try tree.write(Array("mine".utf8), to: "ada/mine")
    try tree.write(Array("secret".utf8), to: "bob/secret")
  }

  /// Returns nginx's response if the process names this file.
  private func send(_ target: String, folder: String? = nil) throws -> HTTPResponse {
    let head = [
      "Status: 200 OK", "X-Accel-Redirect: /internal/old\(target)", "X-Stowage-Folder: \(folder ?? tree.path)",
      "Content-Type: image/png", "X-Stowage-Disposition: inline", "X-Stowage-Cache-Control: private, no-cache",
      "Content-Security-Policy: sandbox",
    ]
    let process = try ScriptedFastCGI(socket: sockets.file("files.sock")) { _ in .init(head) }
    defer {
      process.stop()
      unlink(sockets.file("files.sock"))
    }
    let nginx = try Nginx.site(handlers: ["files"], sockets: sockets.path) { local in
      try? IdentityFront.turnOn(local.appending(path: "site.conf"), from: "location ^~ /uploads/") { $0 }
    }
    defer { nginx.stop() }
    return try HTTPClient().send(HTTPRequest("GET", "http://127.0.0.1:\(nginx.port)/uploads/ada/x"))
  }

  @Test func `a regular file is sent with the headers of the process`() throws {
    let answer = try send("/ada/mine")
    #expect(answer.head.status == 200 && answer.body == Array("mine".utf8))
    #expect(answer.head["Content-Type"] == "image/png" && answer.head["Content-Disposition"] == "inline")
    #expect(answer.head["Content-Security-Policy"] == "sandbox" && answer.head["X-Content-Type-Options"] == "nosniff")
  }

  @Test(arguments: [
    ("/ada/link", 503), ("/ada/way/secret", 404), ("/ada/pipe", 404), ("/ada/gone", 404), ("/ada", 404), ("/ada/", 503),
    ("/ada/../bob/secret", 404), ("/ada/%2e%2e/bob/secret", 404),
  ])
  func `a link, a pipe, a folder or a missing file gives no bytes`(target: String, status: Int) throws {
    symlink("../bob/secret", tree.file("ada/link"))
    symlink("../bob", tree.file("ada/way"))
    mkfifo(tree.file("ada/pipe"), 0o666)
    let answer = try send(target)
    #expect(answer.head.status == status, "\(target)")
    #expect(try Stack.problem(answer).status == status)
    #expect(answer.head["Content-Disposition"] == nil)
  }

  @Test func `a folder that is a link itself is followed, because the administrator named it`() throws {
    symlink(tree.path, sockets.file("alias"))
    #expect(try send("/ada/mine", folder: sockets.file("alias")).body == Array("mine".utf8))
  }
}
