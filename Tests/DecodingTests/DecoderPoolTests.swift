import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Decoding

struct DecoderPoolTests {
  @Test(.enabled(if: Fixtures.disguised != nil, "STOWAGE_CORPORA is not set"))
  func `every disguised file gets its result`() throws {
    let folder = try #require(Fixtures.disguised)
    let pool = DecoderPool(executable: decoderPath)
    let long = Int(Int32.max)
    let bomb = ExceededLimit(.pixels, 900_000_000, limit: 110_000_000, width: 30_000, height: 30_000)
    let header = ExceededLimit(.pixels, long * long, limit: 110_000_000, width: long, height: long)
    let expected: [(String, FileType, DecodeError?)] = [
      ("bomb-30000x30000-1bit.png", .png, .refused(.dimensionsExceeded, bomb)),
      ("hdr-only-2e9.png", .png, .refused(.dimensionsExceeded, header)), ("html.jpg", .jpeg, .refused(.typeMismatch)),
      ("mat.png", .png, .refused(.typeMismatch)), ("svg.png", .png, .refused(.typeMismatch)),
      ("trunc.gz", .png, .refused(.typeMismatch)), ("plain.zip", .png, .refused(.typeMismatch)),
      ("a.docx", .docx, nil), ("a.xlsx", .xlsx, nil), ("docm-named.docx", .docx, .refused(.macros)),
      ("ole.doc", .doc, .refused(.unreadable)), ("plain.zip", .docx, .refused(.typeMismatch)),
      ("a.docx", .pdf, .refused(.typeMismatch)), ("a.docx", .xlsx, .refused(.typeMismatch)),
      ("a.docx", .odt, .refused(.typeMismatch)), ("a.docx", .doc, .refused(.typeMismatch)),
      ("a.xlsx", .docx, .refused(.typeMismatch)), ("docm-named.docx", .webp, .refused(.typeMismatch)),
      ("ole.doc", .docx, .refused(.typeMismatch)), ("pdf+zip.pdf", .docx, .refused(.typeMismatch)),
      ("html.jpg", .docx, .refused(.typeMismatch)), ("svg.png", .doc, .refused(.typeMismatch)),
      ("pdf+zip.pdf", .pdf, .refused(.typeMismatch)), ("a.pdf", .pdf, nil), ("gifar.gif", .gif, nil),
      ("png+html.png", .png, nil),
    ]
    #expect(Set(expected.map(\.0)) == Set(try FileManager.default.contentsOfDirectory(atPath: folder)))
    for (name, type, error) in expected {
      #expect(try pool.failure("\(folder)/\(name)", as: type) == error, "\(name)")
    }
    for (name, type, tail) in [("gifar.gif", FileType.gif, "META-INF"), ("png+html.png", .png, "<")] {
      let decoded = try pool.decode(path: "\(folder)/\(name)", as: type)
      for rendering in decoded.renderings { #expect(!rendering.bytes.contains(text: tail)) }
    }
  }

  @Test func `a photo returns the requested renderings, which match their facts byte for byte`() throws {
    let folder = try ScratchFolder()
    let pool = DecoderPool(executable: decoderPath)
    for type in [FileType.jpeg, .png, .webp, .gif] {
      let path = folder.file(try Fixtures.photo(in: folder, type, width: 1000, height: 500))
      let decoded = try pool.decode(path: path, as: type)
      #expect(decoded.image == DecoderReply.ImageFacts(type: .checked(type), width: 1000, height: 500, frames: 1))
      #expect(decoded.renderings.map(\.facts.name) == [.thumb, .medium, .original])
      #expect(decoded.renderings.map(\.facts.width) == [150, 800, 1000])
      #expect(decoded.renderings.map(\.facts.type) == [.webp, .webp, type])
      #expect(decoded.renderings.allSatisfy { $0.facts.size == $0.bytes.count })
    }
  }

  @Test func `each file has a child that reads nothing else, and no process is left behind`() throws {
    let folder = try ScratchFolder()
    let path = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    var server: Int32?
    do {
      let pool = DecoderPool(executable: decoderPath)
      for _ in 0..<3 {
        #expect(try pool.decode(path: path, as: .png).image.width == 20)
        #expect(children(of: pool.serverPID).isEmpty)
        #expect(server == nil || pool.serverPID == server)
        server = pool.serverPID
      }
      // A forked child has the forking thread alone, so the server may have no other.
      let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(try #require(server))/task")
      #expect(threads.count == 1)
    }
    #expect(try !exists(#require(server)))
  }

  @Test func `many callers are served at once, each by a child`() throws {
    let folder = try ScratchFolder()
    let path = folder.file(try Fixtures.photo(in: folder, .jpeg))
    let pool = DecoderPool(executable: decoderPath)
    DispatchQueue.concurrentPerform(iterations: 12) { _ in
      #expect(throws: Never.self) {
        let decoded = try pool.decode(path: path, as: .jpeg)
        #expect(decoded.renderings.count == 3)
      }
    }
    #expect(children(of: pool.serverPID).isEmpty)
  }

  @Test func `two children are at work at the same time`() throws {
    let folder = try ScratchFolder()
    let path = try heavyFile(in: folder)
    let pool = DecoderPool(executable: decoderPath)
    let most = Mutex(0)
    let watch = Thread {
      wait {
        let count = children(of: pool.serverPID).count
        most.withLock { $0 = max($0, count) }
        return count == 2
      }
    }
    let other = Thread { _ = try? pool.decode(path: path, as: .png, variants: []) }
    other.start()
    watch.start()
    #expect(try pool.decode(path: path, as: .png, variants: []).image.width == 6000)
    wait { most.withLock { $0 } == 2 || children(of: pool.serverPID).isEmpty }
    #expect(most.withLock { $0 } == 2)
  }

  @Test func `a file shorter than its size, or above the limit, is not blamed on the child`() throws {
    let folder = try ScratchFolder()
    let name = try Fixtures.photo(in: folder, .png, width: 20, height: 20)
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.file(name)))
    let pool = DecoderPool(executable: decoderPath)
    let size = Int(try file.seekToEnd())
    func decode(_ size: Int) throws -> Decoded {
      try pool.decode(file: file.fileDescriptor, size: size, claimed: .checked(.png), variants: [])
    }
    #expect(throws: DecodeError.unavailable(detail: "file shorter than its size: \(size) of \(size + 1) bytes")) {
      try decode(size + 1)
    }
    let most = DecoderProtocol.maximumFileBytes
    #expect(throws: DecodeError.refused(.dimensionsExceeded, ExceededLimit(.fileBytes, most + 1, limit: most))) {
      try decode(most + 1)
    }
    #expect(try decode(size).image.width == 20)
  }

  @Test func `a closed pool still serves, and keeps no child`() throws {
    let folder = try ScratchFolder()
    let path = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let pool = DecoderPool(executable: decoderPath)
    let server = try #require(pool.serverPID)
    pool.close()
    #expect(!exists(server))
    #expect(try pool.decode(path: path, as: .png).image.width == 20)
    #expect(pool.serverPID == nil)
  }

  @Test func `a pool that closes lets a file at work end`() throws {
    let folder = try ScratchFolder()
    let path = try heavyFile(in: folder)
    let pool = DecoderPool(executable: decoderPath)
    let server = pool.serverPID
    let closer = Thread {
      wait { !children(of: server).isEmpty }
      pool.close()
    }
    closer.start()
    #expect(try pool.decode(path: path, as: .png, variants: []).image.width == 6000)
    #expect(try !exists(#require(server)))
  }

  @Test func `a pool whose decoder program is missing is unavailable`() throws {
    let pool = DecoderPool(executable: "/nonexistent/decoder")
    let error = try pool.failure("/etc/hostname", as: .png)
    guard case .unavailable(let detail) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(detail.contains("/nonexistent/decoder"))
  }
}
