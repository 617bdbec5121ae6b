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

/// A run with a folder of files.
private struct Run {
  let folder: ScratchFolder
  let files: [FileToSend]
  let events = Events()
  private let digests: [String: [UInt8]]

  /// Makes a file of each size.
  init(_ sizes: [Int]) throws {
    folder = try ScratchFolder()
    var (files, digests) = ([FileToSend](), [String: [UInt8]]())
    for (index, size) in sizes.enumerated() {
      let bytes = pattern(size, seed: UInt64(index))
      let path = try folder.write(bytes, to: "\(index)")
      files.append(FileToSend(Int64(index), at: path, key: "ada/\(index)"))
      digests["ada/\(index)"] = SHA256.digest(of: bytes)
    }
    self.files = files
    self.digests = digests
  }

  func settings(_ change: (inout SenderSettings) -> Void = { _ in }) -> SenderSettings {
    var settings = SenderSettings.small
    let events = events
    settings.report = { events.add($0) }
    change(&settings)
    return settings
  }

  /// Sends every file, and returns the results by the files' numbers.
  func send(_ pool: SenderPool, each: ([SendResult]) throws -> Void = { _ in }) throws -> [Int64: SendResult] {
    var results: [Int64: SendResult] = [:]
    let files = files
    try pool.run(producing: { add in for file in files where !add(file) { return } }) { batch in
      for result in batch {
        #expect(results[result.file.id] == nil, "two results of one file")
        results[result.file.id] = result
      }
      try each(batch)
    }
    return results
  }

  /// True if the results say that every file arrived, with its digest.
  func isComplete(_ results: [Int64: SendResult]) -> Bool {
    results.count == files.count
      && results.values.allSatisfy { result in
        (try? result.outcome.get())?.sha256 == digests[result.file.key]
      }
  }

  /// True if the bucket has exactly these files, each once.
  func isIn(_ bucket: String, _ store: any ObjectStore) throws -> Bool {
    var versions = 0
    var token: String?
    repeat {
      let page = try store.listVersions(bucket, prefix: "", after: token, limit: 1000)
      versions += page.items.count
      token = page.next
    } while token != nil
    guard versions == files.count else { return false }
    for (key, expected) in digests {
      guard try digest(of: key, in: bucket, store) == expected else { return false }
    }
    return try store.listMultipartUploads(bucket, prefix: "", after: nil, limit: 10).items.isEmpty
  }
}

@Suite struct `A pool of sending threads` {
  @Test func `sends small and large files, each once, and reports them in batches`() throws {
    let run = try Run((0..<300).map { $0 * 37 } + [0, 20 * mega, 13 * mega])
    try withBucket { store, bucket in
      let sender = FileSender(store: try sendingStore(), bucket: bucket, settings: run.settings())
      let pool = SenderPool(sender)
      var batches = 0
      let results = try run.send(pool) { batch in
        batches += 1
        #expect((1...1000).contains(batch.count))
      }
      let progress = pool.progress
      #expect(run.isComplete(results))
      #expect(try run.isIn(bucket, store))
      #expect(batches < 100)
      #expect(progress.files == 303 && progress.failures == 0 && progress.rate > 0)
    }
  }

  @Test func `an unversioned bucket is enough`() throws {
    let run = try Run([0, 1, 2000, 12 * mega])
    try withBucket(versioned: false) { store, bucket in
      for wasThere in [false, true] {
        let pool = SenderPool(FileSender(store: try sendingStore(), bucket: bucket, settings: run.settings()))
        let results = try run.send(pool)
        #expect(run.isComplete(results))
        #expect(results.values.allSatisfy { (try? $0.outcome.get())?.wasThere == wasThere })
        #expect(results.values.allSatisfy { (try? $0.outcome.get())?.version == nil })
      }
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `with 30 % of requests failing, all arrives in one run, with up to 1.6 requests for each needed`() throws {
    let run = try Run((0..<LongRun.count(3000, reduced: 600)).map { 500 + $0 } + [21 * mega])
    try withBucket { store, bucket in
      let server = try SeaweedFS.shared()
      let port = try #require(URL(string: server.url)?.port)
      let proxy = try FaultyProxy(to: port)
      defer { proxy.stop() }
      _ = try HTTPClient().send(HTTPRequest("GET", proxy.url + "/-/faults/30"))
      let pool = SenderPool(FileSender(store: try sendingStore(proxy.url), bucket: bucket, settings: run.settings()))
      let results = try run.send(pool)
      #expect(run.isComplete(results))
      #expect(try run.isIn(bucket, store))
      let (passed, failed) = proxy.counts
      let requests = passed + failed.values.reduce(0, +)
      // One for each small file; five parts, a start and an end.
      let needed = run.files.count - 1 + 7
      let ratio = Double(requests) / Double(needed)
      print("30 % of faults: \(ratio) requests for each needed, \(pool.progress.repetitions) repetitions of files")
      // Chance is a twentieth in a short run.
      #expect(ratio < (LongRun.isWanted ? 1.6 : 1.68), "\(requests) requests for \(needed)")
    }
  }

  @Test func `files whose attempts are used up come round again`() throws {
    let run = try Run(Array(repeating: 10, count: 50))
    let store = try memoryStore()
    let left = Mutex<[String: Int]>([:])
    store.obey { call, _ in
      guard call.operation == .put else { return nil }
      let number = left.withLock { counts in
        counts[call.key, default: 0] += 1
        return counts[call.key] ?? 0
      }
      // Every second file fails three times; one request has two attempts.
      return (Int(call.key.dropFirst(4)) ?? 0) % 2 == 0 && number <= 3 ? .before(.unavailable(detail: "")) : nil
    }
    let settings = run.settings { $0.retries = RetryPolicy(attempts: 2, firstPause: 0.001) }
    let pool = SenderPool(FileSender(store: store, bucket: "raw", settings: settings), firstPause: 0.01)
    #expect(run.isComplete(try run.send(pool)))
    #expect(pool.progress.repetitions == 25)
  }

  @Test func `a file that fails in every round is reported, and others arrive`() throws {
    let run = try Run(Array(repeating: 10, count: 20))
    let store = try memoryStore()
    store.obey { call, _ in
      switch call.key {
      case "ada/3": .before(.throttled(detail: "never"))
      case "ada/4": .before(.accessDenied(detail: "no"))
      default: nil
      }
    }
    let settings = run.settings { $0.retries = RetryPolicy(attempts: 2, firstPause: 0.001) }
    let pool = SenderPool(FileSender(store: store, bucket: "raw", settings: settings), rounds: 2, firstPause: 0.01)
    let results = try run.send(pool)
    let failures = results.values.compactMap { result -> SendFailure? in
      if case .failure(let failure) = result.outcome { failure } else { nil }
    }
    #expect(Set(failures) == [.temporary(.throttled(detail: "never")), .refused(.accessDenied(detail: "no"))])
    #expect(pool.progress.files == 18 && pool.progress.failures == 2)
  }

  @Test(.timeLimit(.minutes(2))) func `a store that is away is waited for, and the run says so`() throws {
    let run = try Run(Array(repeating: 1000, count: 400))
    let store = try memoryStore()
    let start = ContinuousClock.now
    store.obey { call, number in
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      usleep(5000)
      return number > 100 && seconds < 8 ? .before(.unavailable(detail: "no route")) : nil
    }
    let pool = SenderPool(FileSender(store: store, bucket: "raw", settings: run.settings()))
    #expect(run.isComplete(try run.send(pool)))
    #expect(run.events.all.contains(.storeAway(.unavailable(detail: "no route"))))
    guard case .storeBack = run.events.all.last else { return #expect(Bool(false), "\(run.events.all)") }
  }

  @Test func `a stop finishes requests under way, leaves no upload, and reports the rest`() throws {
    let run = try Run([30 * mega] + Array(repeating: 1000, count: 3000))
    try withBucket { store, bucket in
      let settings = run.settings { $0.bandwidth = BandwidthLimiter(bytesPerSecond: 8_000_000) }
      let pool = SenderPool(FileSender(store: try sendingStore(), bucket: bucket, settings: settings))
      Thread.detachNewThread {
        usleep(700_000)
        pool.stop()
      }
      let results = try run.send(pool)
      let sent = results.values.count { (try? $0.outcome.get()) != nil }
      #expect(sent < 3001 && results[0].map { (try? $0.outcome.get()) == nil } == true)
      #expect(try store.listMultipartUploads(bucket, prefix: "", after: nil, limit: 10).items.isEmpty)
      var listed = 0
      var token: String?
      repeat {
        let page = try store.list(bucket, prefix: "", after: token, limit: 1000)
        listed += page.items.count
        token = page.next
      } while token != nil
      #expect(listed == sent)
    }
  }

  @Test func `a consumer that fails stops the run`() throws {
    let run = try Run(Array(repeating: 10, count: 2000))
    struct Full: Error {}
    let store = try memoryStore()
    store.obey { _, _ in
      usleep(1000)
      return nil
    }
    let pool = SenderPool(FileSender(store: store, bucket: "raw", settings: run.settings()))
    #expect(throws: Full.self) { _ = try run.send(pool) { _ in throw Full() } }
    #expect(pool.progress.files < 2000)
  }

  @Test func `a run ends after its producer, also if it was stopped`() throws {
    let pool = SenderPool(FileSender(store: try memoryStore(), bucket: "raw", settings: .small))
    let hasEnded = Mutex(false)
    pool.stop()
    pool.run(
      producing: { add in
        usleep(300_000)
        hasEnded.withLock { $0 = !add(FileToSend(at: "/nowhere")) }
      },
      consuming: { _ in }
    )
    #expect(hasEnded.withLock { $0 })
  }

  @Test func `a limit of bytes per second holds within a tenth`() throws {
    let run = try Run(Array(repeating: 100_000, count: 60) + [8 * mega])
    let store = try memoryStore()
    let settings = run.settings { $0.bandwidth = BandwidthLimiter(bytesPerSecond: 6_000_000) }
    let start = ContinuousClock.now
    #expect(run.isComplete(try run.send(SenderPool(FileSender(store: store, bucket: "raw", settings: settings)))))
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let ideal = Double(60 * 100_000 + 8 * mega) / 6_000_000
    #expect((ideal * 0.9...ideal * 1.1 + 0.5).contains(seconds), "\(seconds) s for \(ideal) s")
  }
}

@Suite struct `The memory of a run` {
  @Test(.timeLimit(.minutes(3))) func `stays under 200 MB with 64 threads`() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let folder = try ScratchFolder()
      let sizes = (0..<150).map { off_t($0 % 3 == 0 ? 300_000 : $0 % 3 == 1 ? 7 << 20 : 15 << 20) } + [300 << 20]
      for (index, size) in sizes.enumerated() {
        try folder.write([], to: "\(index)")
        truncate(folder.file("\(index)"), size)
      }
      try withBucket { store, bucket in
        var settings = SenderSettings()
        settings.requests = (64, 64)
        let sender = FileSender(store: try sendingStore(connections: 64), bucket: bucket, settings: settings)
        var sent = 0
        try SenderPool(sender, threads: 64).run(
          producing: { add in
            for index in sizes.indices {
              _ = add(FileToSend(Int64(index), at: folder.file("\(index)"), key: "ada/\(index)"))
            }
          },
          consuming: { batch in
            for result in batch where try result.outcome.get().stamp.size == sizes[Int(result.file.id)] { sent += 1 }
          }
        )
        if sent != sizes.count { exit(2) }
      }
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
      let kilobytes = line.split { " \t".contains($0) }.dropFirst().first.flatMap { Int($0) } ?? .max
      FileHandle.standardError.write(Data("peak \(kilobytes >> 10) MB\n".utf8))
      if kilobytes > 200 << 10 { exit(3) }
    }
    if let result { print(String(decoding: result.standardErrorContent, as: UTF8.self)) }
  }
}
