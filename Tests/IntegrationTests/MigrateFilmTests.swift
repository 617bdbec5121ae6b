import Foundation
import TestSupport
import Testing

/// A migrated film of 60 MB, which is sent in parts, scanned and downloaded.
@Suite(.enabled(if: isRunning, howToRun)) struct MigrateFilmTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  /// An MP4 of `size` bytes: a file type box, an empty movie, and media data that repeat no piece.
  private func film(_ size: Int) -> [UInt8] {
    func box(_ name: String, _ body: [UInt8]) -> [UInt8] {
      let count = body.count + 8
      return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + Array(name.utf8) + body
    }
    let header: [UInt8] = [UInt8](repeating: 0, count: 12) + [0, 0, 3, 232] + [UInt8](repeating: 0, count: 84)
    let head =
      box("ftyp", Array("isom".utf8) + [0, 0, 2, 0] + Array("isommp42".utf8)) + box("moov", box("mvhd", header))
    var data = [UInt8](repeating: 0, count: size - head.count - 8)
    var value: UInt64 = 0x9E37_79B9_7F4A_7C15
    data.withUnsafeMutableBytes { bytes in
      for offset in stride(from: 0, to: bytes.count - 8, by: 8) {
        value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
      }
    }
    return head + box("mdat", data)
  }

  @Test func `a film of 60 MB is ready, and an attachment with all its bytes by its old URL and by the API`() throws {
    let old = try OldURLFront(stack, fromDisk: false)
    let bytes = film(60_000_000)
    try old.write(bytes, "films/Übung 1.mp4")
    let said = try old.migrate()
    #expect(said.contains("sent 1 file, 57 MB"), "\(said)")
    let file = try #require(try old.settled()["Übung 1.mp4"])
    #expect(file.state == "ready" && file.variants.isEmpty, "\(file.state), \(file.reason ?? "")")
    let addresses = [
      "\(old.front.url)/uploads/\(old.user)/films/%C3%9Cbung%201.mp4", "\(stack.url)/v1/files/\(file.id)/download",
    ]
    let expected = [
      "content-disposition: attachment; filename=\"_bung 1.mp4\"; filename*=UTF-8''%C3%9Cbung%201.mp4",
      "content-length: 60000000", "content-type: video/mp4",
    ]
    for address in addresses {
      let whole = try fetch(address, old.token)
      #expect(whole.status == "200" && whole.body == bytes, "\(address): \(whole.body.count) bytes")
      let head = try fetch(address, old.token, "--head")
      #expect(head.status == "200", "\(address)")
      for line in expected {
        #expect(whole.headers.contains(line) && head.headers.contains(line), "\(address): \(whole.headers)")
      }
      let tail = try fetch(address, old.token, "--range", "59999990-")
      #expect(tail.status == "206" && tail.body == Array(bytes.suffix(10)), "\(address)")
    }
  }

  /// Downloads with curl, which follows redirects; the names of the last response's headers are in lower case.
  private func fetch(
    _ address: String,
    _ token: String,
    _ options: String...
  ) throws -> (status: String, headers: [String], body: [UInt8]) {
    let folder = try ScratchFolder()
    let (body, head) = (folder.file("body"), folder.file("head"))
    let fixed = [
      "-sSL", "--noproxy", "*", "--max-time", "60", "--cacert", try #require(stack.environment["STOWAGE_CA"]),
      "-H", "Authorization: Bearer \(token)", "-o", body, "-D", head, "-w", "%{http_code}",
    ]
    let status = try run("curl", fixed + options + [address])
    let text = try String(contentsOfFile: head, encoding: .utf8).replacing("\r\n", with: "\n")
    let last = text.split(separator: "\n\n").last ?? ""
    let headers = last.split(separator: "\n").dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      return parts[0].lowercased() + ":" + (parts.count > 1 ? parts[1] : "")
    }
    let bytes = options.contains("--head") ? [] : [UInt8](try Data(contentsOf: URL(filePath: body)))
    return (String(decoding: status, as: UTF8.self), headers, bytes)
  }
}
