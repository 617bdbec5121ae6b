import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

struct DecoderPoolTests {
  @Test(.enabled(if: Fixtures.disguised != nil, "STOWAGE_CORPORA is not set"))
  func `every disguised file gets its result, and the same child survives them all`() throws {
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
      #expect(try pool.failure("\(folder)/\(name)", as: type, for: user("a")) == error, "\(name)")
    }
    let child = pool.restingPIDs
    for (name, type, tail) in [("gifar.gif", FileType.gif, "META-INF"), ("png+html.png", .png, "<")] {
      let decoded = try pool.decode(path: "\(folder)/\(name)", as: type, for: user("a"))
      for rendering in decoded.renderings { #expect(!rendering.bytes.contains(text: tail)) }
    }
    #expect(pool.restingPIDs == child)
  }

  @Test func `a photo returns the requested renderings, which match their facts byte for byte`() throws {
    let folder = try ScratchFolder()
    let pool = DecoderPool(executable: decoderPath)
    for type in [FileType.jpeg, .png, .webp, .gif] {
      let path = folder.file(try Fixtures.photo(in: folder, type, width: 1000, height: 500))
      let decoded = try pool.decode(path: path, as: type, for: user("a"))
      #expect(decoded.image == DecoderReply.ImageFacts(type: .checked(type), width: 1000, height: 500, frames: 1))
      #expect(decoded.renderings.map(\.facts.name) == [.thumb, .medium, .original])
      #expect(decoded.renderings.map(\.facts.width) == [150, 800, 1000])
      #expect(decoded.renderings.map(\.facts.type) == [.webp, .webp, type])
      #expect(decoded.renderings.allSatisfy { $0.facts.size == $0.bytes.count })
    }
  }

  @Test func `a child serves a single user, and leaves no process or file behind`() throws {
    let folder = try ScratchFolder()
    let path = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    var seen: Set<Int32> = []
    do {
      let pool = DecoderPool(executable: decoderPath)
      var children: [[Int32]] = []
      for name in ["a", "a", "b", "a"] {
        _ = try pool.decode(path: path, as: .png, for: user(name))
        children.append(pool.restingPIDs)
        seen.formUnion(pool.restingPIDs + pool.sparePIDs)
      }
      #expect(children[0] == children[1] && children[1] != children[2] && children[2] != children[3])
      #expect(children[3] != children[0])
      #expect(children.allSatisfy { $0.count == 1 })
      #expect(seen.filter(exists).count == 2)
    }
    #expect(seen.count == 4 && !seen.contains(where: exists))
  }

  @Test func `many callers are served at once`() throws {
    let folder = try ScratchFolder()
    let path = folder.file(try Fixtures.photo(in: folder, .jpeg))
    let pool = DecoderPool(executable: decoderPath, spares: 2, resting: 2)
    let users = try (0..<4).map { try user("u\($0)") }
    DispatchQueue.concurrentPerform(iterations: 12) { index in
      #expect(throws: Never.self) {
        let decoded = try pool.decode(path: path, as: .jpeg, for: users[index % 4])
        #expect(decoded.renderings.count == 3)
      }
    }
    #expect(pool.restingPIDs.count <= 2)
  }

  @Test func `a file shorter than its size, or above the limit, is not blamed on the child`() throws {
    let folder = try ScratchFolder()
    let name = try Fixtures.photo(in: folder, .png, width: 20, height: 20)
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.file(name)))
    let pool = DecoderPool(executable: decoderPath)
    let size = Int(try file.seekToEnd())
    func decode(_ size: Int) throws -> Decoded {
      try pool.decode(file: file.fileDescriptor, size: size, claimed: .checked(.png), variants: [], for: user("a"))
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
    let pids = pool.sparePIDs
    pool.close()
    #expect(pids.count == 1 && !pids.contains(where: exists))
    #expect(try pool.decode(path: path, as: .png, for: user("a")).image.width == 20)
    #expect(pool.sparePIDs.isEmpty && pool.restingPIDs.isEmpty)
  }

  @Test func `a pool whose decoder program is missing is unavailable`() throws {
    let pool = DecoderPool(executable: "/nonexistent/decoder")
    let error = try pool.failure("/etc/hostname", as: .png, for: user("a"))
    guard case .unavailable(let detail) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(detail.contains("/nonexistent/decoder"))
  }
}
