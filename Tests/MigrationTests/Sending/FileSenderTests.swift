import Core
import Foundation
import HTTP
import S3
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Migration

private let mega = 1 << 20

@Suite struct `Sending a file` {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test(arguments: [0, 1, 5 * mega, 6 * mega - 1, 6 * mega, 6 * mega + 1, 10 * mega, 23 * mega + 7])
  func `stores its bytes, their digest and the version`(count: Int) throws {
    let store = try memoryStore()
    let bytes = pattern(count)
    let path = try folder.write(bytes, to: "a")
    let journal = RecordingJournal()
    let sender = FileSender(store: store, bucket: "raw", settings: .small, journal: journal)
    let sent = try sender.send(FileToSend(at: path))
    #expect(try store.bytes(of: "ada/file", in: "raw", version: sent.version, limit: .max) == bytes)
    #expect(sent.sha256 == SHA256.digest(of: bytes) && sent.version != nil && !sent.wasThere)
    #expect(sent.stamp.size == count)
    let isWhole = count <= 6 * mega
    #expect(sent.parts.count == (isWhole ? 0 : (count + 5 * mega - 1) / (5 * mega)))
    for part in sent.parts {
      let start = (part.number - 1) * 5 * mega
      #expect(part.sha256 == SHA256.digest(of: Array(bytes[start..<(start + Int(part.size))])))
    }
    journal.state.withLock { #expect($0.open.isEmpty && $0.parts.count == sent.parts.count) }
  }

  @Test func `aborts the upload in parts that a killed run left, and no upload of another key`() throws {
    let store = try memoryStore()
    for key in ["ada/file", "ada/file2"] {
      _ = try store.createMultipartUpload(key, in: "raw", options: PutOptions(), hasPartChecksums: false)
    }
    let path = try folder.write(pattern(12 * mega), to: "a")
    let sender = FileSender(store: store, bucket: "raw", settings: .small)
    _ = try sender.send(FileToSend(at: path, isResumed: true))
    let left = try store.listMultipartUploads("raw", prefix: "", after: nil, limit: 10).items
    #expect(left.map(\.key) == ["ada/file2"])
  }

  @Test func `sends type and metadata, and refuses metadata that a store would refuse`() throws {
    let store = try memoryStore()
    var file = FileToSend(at: try folder.write([1], to: "a"))
    file.contentType = "image/png"
    file.metadata = ["original-filename": "a.png"]
    let sender = FileSender(store: store, bucket: "raw", settings: .small)
    _ = try sender.send(file)
    let info = try store.head("ada/file", in: "raw")
    #expect(info.contentType == "image/png" && info.metadata == file.metadata)
    for value in [String(repeating: "a", count: 2048), "ä"] {
      file.metadata["x"] = value
      guard case .refused = failure({ () throws(SendFailure) in try sender.send(file) }) else {
        Issue.record("\(value.count)")
        continue
      }
    }
  }

  @Test(arguments: [true, false], [3 * mega, 12 * mega])
  func `takes an equal object that is there, and leaves another one alone`(versioned: Bool, count: Int) throws {
    for honours in [true, false] {
      let store = try memoryStore(versioned: versioned)
      let path = try folder.write(pattern(count), to: "a")
      var settings = SenderSettings.small
      settings.honoursConditions = honours
      let sender = FileSender(store: store, bucket: "raw", settings: settings)
      let first = try sender.send(FileToSend(at: path))
      let again = try sender.send(FileToSend(at: path, isResumed: true))
      #expect(again.wasThere && again.version == first.version && again.sha256 == first.sha256)
      try folder.write(pattern(count, seed: 2), to: "a")
      let outcome = failure { () throws(SendFailure) in try sender.send(FileToSend(at: path, isResumed: true)) }
      #expect(outcome == .occupied)
      #expect(try store.listVersions("raw", prefix: "", after: nil, limit: 10).items.count == 1)
      #expect(try store.listMultipartUploads("raw", prefix: "", after: nil, limit: 10).items.isEmpty)
    }
  }

  @Test func `a file that is gone or keeps changing is reported, and nothing of it is stored`() throws {
    let store = try memoryStore()
    let sender = FileSender(store: store, bucket: "raw", settings: .small)
    let gone = FileToSend(at: folder.file("gone"))
    #expect(failure { () throws(SendFailure) in try sender.send(gone) } == .vanished)
    let path = try folder.write(pattern(12 * mega), to: "a")
    let readings = Mutex(0)
    let file = FileToSend(id: 1, key: "ada/file") { () throws(SendFailure) in
      readings.withLock { $0 += 1 }
      return try opened(path)
    }
    store.obey { call, number in
      if call.operation == .uploadPart { truncate(path, off_t(12 * mega - number)) }
      return nil
    }
    #expect(failure { () throws(SendFailure) in try sender.send(file) } == .changed)
    #expect(readings.withLock { $0 } == 3)
    store.obey(nil)
    #expect(try store.list("raw", prefix: "", after: nil, limit: 10).items.isEmpty)
    #expect(try store.listMultipartUploads("raw", prefix: "", after: nil, limit: 10).items.isEmpty)
  }

  @Test func `a long part is read again from the cache, and a change in between is noticed`() throws {
    var settings = SenderSettings.small
    settings.longestBuffer = Int64(mega)
    let bytes = pattern(12 * mega)
    let path = try folder.write(bytes, to: "a")
    let store = try memoryStore()
    let sent = try FileSender(store: store, bucket: "raw", settings: settings).send(FileToSend(at: path))
    #expect(sent.parts.count == 3 && sent.sha256 == SHA256.digest(of: bytes))
    #expect(try digest(of: "ada/file", in: "raw", store) == sent.sha256)
    try store.delete("ada/file", in: "raw", version: sent.version)
    store.obey { call, _ in
      if call.operation == .uploadPart {
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.seek(toOffset: 100)
        try handle.write(contentsOf: Data([UInt8.random(in: 0...255), UInt8.random(in: 0...255)]))
        try handle.close()
      }
      return nil
    }
    let sender = FileSender(store: store, bucket: "raw", settings: settings)
    #expect(failure { () throws(SendFailure) in try sender.send(FileToSend(at: path)) } == .changed)
    #expect(try store.memory.list("raw", prefix: "", after: nil, limit: 10).items.isEmpty)
  }

  @Test func `a store that refuses checksums gets none, and the signature still covers the bytes`() throws {
    let refusal =
      "<Error><Code>InvalidArgument</Code><Message>Unsupported header 'x-amz-checksum-sha256'</Message></Error>"
    let server = try ScriptedServer(
      .bytes("HTTP/1.1 400 Bad Request\r\nContent-Length: \(refusal.utf8.count)\r\n\r\n\(refusal)"),
      .bytes("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n")
    )
    defer { server.stop() }
    let events = Mutex<[SenderEvent]>([])
    var settings = SenderSettings.small
    settings.report = { event in events.withLock { $0.append(event) } }
    let path = try folder.write([1, 2, 3], to: "a")
    let sender = FileSender(store: try sendingStore(server.url), bucket: "raw", settings: settings)
    #expect(try sender.send(FileToSend(at: path)).etag == ETag("e"))
    let heads = server.requests.map { $0.head.lowercased() }
    #expect(heads.map { $0.contains("x-amz-checksum-sha256") } == [true, false])
    let hash = "x-amz-content-sha256: " + SHA256.hexadecimal(of: [1, 2, 3])
    #expect(heads.allSatisfy { $0.contains(hash) && $0.contains("if-none-match: *") })
    #expect(server.requests.map(\.body) == [[1, 2, 3], [1, 2, 3]])
    #expect(events.withLock { $0 } == [.checksumsRefused])
  }

  @Test func `an answer that breaks off is asked for again`() throws {
    let server = try ScriptedServer(
      .cut(after: "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 10\r\n\r\n123"),
      .reset(after: "HTTP/1.1 20"),
      .bytes("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n")
    )
    defer { server.stop() }
    let sender = FileSender(store: try sendingStore(server.url), bucket: "raw", settings: .small)
    #expect(try sender.send(FileToSend(at: try folder.write([1], to: "a"))).etag == ETag("e"))
    #expect(server.requests.count == 3)
  }

  @Test func `parts that an earlier run has sent are kept, if store and ledger agree`() throws {
    let store = try memoryStore()
    let bytes = pattern(17 * mega)
    let path = try folder.write(bytes, to: "a")
    let journal = RecordingJournal()
    // The store refuses the third part, and the abort.
    store.obey { call, _ in
      switch call.operation {
      case .uploadPart where store.calls.count { $0.operation == .uploadPart } == 3:
        .before(.invalidRequest(code: "Full", message: "no room"))
      case .abortUpload: .before(.invalidRequest(code: "Full", message: "no abort"))
      default: nil
      }
    }
    let first = FileSender(store: store, bucket: "raw", settings: .small, journal: journal)
    #expect(failure { () throws(SendFailure) in try first.send(FileToSend(at: path)) } != nil)
    let (upload, parts) = journal.state.withLock { ($0.open.keys.first, $0.parts) }
    #expect(parts.map(\.number) == [1, 2])
    store.obey(nil)
    for damaged in [true, false] {
      var file = FileToSend(at: path, isResumed: true)
      var known = parts
      // A ledger that knows other bytes for a part makes the run send the part again.
      if damaged { known[0].sha256[0] ^= 1 }
      let partial = PartialUpload(upload: try #require(upload), partSize: Int64(5 * mega), parts: known)
      file.partial = partial
      if damaged {
        store.obey { call, _ in
          [.completeUpload, .abortUpload].contains(call.operation) ? .before(.accessDenied(detail: "")) : nil
        }
      } else {
        store.obey(nil)
      }
      let sender = FileSender(store: store, bucket: "raw", settings: .small, journal: journal)
      let outcome = failure { () throws(SendFailure) in try sender.send(file) }
      #expect((outcome == nil) == !damaged)
      #expect(store.calls.count { $0.operation == .uploadPart } == (damaged ? 3 : 2))
    }
    #expect(try digest(of: "ada/file", in: "raw", store) == SHA256.digest(of: bytes))
    #expect(journal.state.withLock { $0.open.isEmpty })
  }

  @Test func `a lost answer to the start of an upload leaves no second upload`() throws {
    let store = try memoryStore()
    let path = try folder.write(pattern(12 * mega), to: "a")
    store.obey { call, number in
      call.operation == .createUpload && number == 0 ? .after(.timeout(detail: "lost")) : nil
    }
    let sender = FileSender(store: store, bucket: "raw", settings: .small)
    #expect(try sender.send(FileToSend(at: path)).parts.count == 3)
    #expect(try store.listMultipartUploads("raw", prefix: "", after: nil, limit: 10).items.isEmpty)
  }

  @Test func `an account that may not list the bucket continues, and no buffer exceeds the budget`() throws {
    let store = try memoryStore()
    store.obey { call, _ in call.operation == .head ? .before(.accessDenied(detail: "403")) : nil }
    var settings = SenderSettings.small
    settings.bufferBudget = 1
    let file = FileToSend(at: try folder.write(pattern(12 * mega), to: "a"), isResumed: true)
    #expect(try FileSender(store: store, bucket: "raw", settings: settings).send(file).parts.count == 3)
  }

  @Test(arguments: [true, false]) func `a lost answer to a PUT does not store the file twice`(honours: Bool) throws {
    let store = try memoryStore()
    store.obey { call, number in call.operation == .put && number == 0 ? .after(.timeout(detail: "lost")) : nil }
    var settings = SenderSettings.small
    settings.honoursConditions = honours
    let sender = FileSender(store: store, bucket: "raw", settings: settings)
    let sent = try sender.send(FileToSend(at: try folder.write([1, 2], to: "a")))
    let versions = try store.listVersions("raw", prefix: "", after: nil, limit: 10).items
    #expect(versions.map(\.version) == [sent.version])
  }
}

@Suite struct `The parts of a file` {
  @Test(arguments: [(17 << 20, 8 << 20), (80 << 30, 16 << 20), (5 << 40, 1 << 30)] as [(Int64, Int64)])
  func `are at most 10,000, and a power of two times the smallest`(size: Int64, part: Int64) {
    let settings = SenderSettings()
    #expect(settings.partSize(forFileOf: size) == part)
    #expect(PartPlan(size: size, partSize: part).count <= PartPlan.maximumCount)
  }
}
