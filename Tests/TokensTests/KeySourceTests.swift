import Foundation
import Synchronization
import TestSupport
import Testing
import Tokens

/// A clock that a test moves, and the failures that the source reported.
final class Watch: Sendable {
  private let time = Mutex(ContinuousClock.now)
  private let failures = Mutex<[String]>([])

  var now: ContinuousClock.Instant { time.withLock { $0 } }
  /// The texts of the reported failures.
  var complaints: [String] { failures.withLock { $0 } }

  func advance(_ duration: Duration) { time.withLock { $0 += duration } }

  @Sendable func hear(_ news: KeySource.News) {
    if case .failed(let words) = news { failures.withLock { $0.append(words) } }
  }
}

extension Forge {
  /// Returns a set of secrets, each with its kid.
  static func set(_ kids: String...) -> String {
    let keys = kids.map { #"{"kty":"oct","kid":"\#($0)","k":"\#(base64URL(secret(of: $0)))"}"# }
    return #"{"keys":[\#(keys.joined(separator: ","))]}"#
  }

  static func token(kid: String) -> String {
    token(header: #"{"alg":"HS256","kid":"\#(kid)"}"#, secret: secret(of: kid))
  }

  private static func secret(of kid: String) -> [UInt8] {
    Array("a secret of more than 32 bytes for \(kid), and for nothing else".utf8)
  }
}

/// Keys in a file that changes while tokens are verified.
@Suite struct KeyFileTests {
  private let folder: ScratchFolder
  private let watch = Watch()
  private var path: String { folder.file("keys.json") }

  init() throws { folder = try ScratchFolder() }

  private func source() -> KeySource {
    KeySource(file: path, clock: { [watch] in watch.now }, report: watch.hear)
  }

  private func put(_ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
  }

  private func outcome(_ kid: String, _ verifier: TokenVerifier) -> TokenError? {
    do throws(TokenError) {
      _ = try verifier.verify(Forge.token(kid: kid), at: Forge.now)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a key rotation in three steps fails no token, and ends the old key`() throws {
    try put(Forge.set("old"))
    let verifier = TokenVerifier(source: source())
    #expect(outcome("old", verifier) == nil && outcome("new", verifier) == .keyUnknown)
    try put(Forge.set("old", "new"))
    watch.advance(.seconds(1))
    #expect(outcome("old", verifier) == nil && outcome("new", verifier) == nil)
    try put(Forge.set("new"))
    #expect(outcome("old", verifier) == nil, "within the second nobody looks")
    watch.advance(.seconds(1))
    #expect(outcome("new", verifier) == nil && outcome("old", verifier) == .keyUnknown)
    #expect(watch.complaints.isEmpty)
  }

  @Test(arguments: ["", "nonsense", "{", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AA"}]}"#, Forge.set("a") + "x"])
  func `a broken file changes nothing, and is reported once`(text: String) throws {
    try put(Forge.set("old"))
    let source = source()
    let verifier = TokenVerifier(source: source)
    #expect(outcome("old", verifier) == nil)
    try put(text)
    for _ in 0..<3 {
      watch.advance(.seconds(1))
      #expect(outcome("old", verifier) == nil)
    }
    #expect(watch.complaints.count == 1 && source.status.failure != nil)
    try put(Forge.set("new"))
    watch.advance(.seconds(1))
    #expect(outcome("new", verifier) == nil && outcome("old", verifier) == .keyUnknown)
    #expect(source.status.failure == nil)
  }

  @Test func `a file that disappears and returns unchanged changes nothing`() throws {
    try put(Forge.set("old"))
    let source = source()
    let verifier = TokenVerifier(source: source)
    #expect(outcome("old", verifier) == nil)
    try FileManager.default.moveItem(atPath: path, toPath: folder.file("aside"))
    watch.advance(.seconds(1))
    #expect(outcome("old", verifier) == nil && watch.complaints.count == 1)
    try FileManager.default.moveItem(atPath: folder.file("aside"), toPath: path)
    watch.advance(.seconds(1))
    #expect(outcome("old", verifier) == nil && source.status.failure == nil)
  }

  @Test func `a file overwritten in place with the same length is read again`() throws {
    try put(Forge.set("k1"))
    let verifier = TokenVerifier(source: source())
    #expect(outcome("k1", verifier) == nil)
    for kid in ["k2", "k3", "k4", "k5"] {
      let file = try FileHandle(forWritingTo: URL(filePath: path))
      try file.write(contentsOf: Data(Forge.set(kid).utf8))
      try file.close()
      watch.advance(.seconds(1))
      #expect(outcome(kid, verifier) == nil, "\(kid)")
    }
  }

  @Test func `without a file no token can be verified, until there is one`() throws {
    let verifier = TokenVerifier(source: source())
    guard case .keysUnavailable(let words)? = outcome("old", verifier) else {
      Issue.record("a token was judged")
      return
    }
    #expect(words.contains(path) && words.contains("No such file"))
    try put(Forge.set("old"))
    watch.advance(.seconds(1))
    #expect(outcome("old", verifier) == nil)
  }

  @Test func `a path that is no regular file, or a file that is too long, is refused without waiting`() throws {
    for make in [
      ["mkdir", path], ["mkfifo", path], ["ln", "-s", "/dev/zero", path], ["truncate", "-s", "300000", path],
    ] {
      try folder.run(make[0], Array(make.dropFirst()))
      #expect(throws: KeySetError.self, "\(make)") { try source().check() }
      try FileManager.default.removeItem(atPath: path)
    }
  }

  @Test func `threads that verify while the file changes see one set or the next, and never none`() throws {
    try put(Forge.set("stays", "a"))
    var pace = KeySource.Pace()
    pace.look = .zero
    let verifier = TokenVerifier(source: KeySource(file: path, pace: pace, report: watch.hear))
    try #require(outcome("stays", verifier) == nil)
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for round in 0..<50 {
        if thread == 0 {
          try? put(round.isMultiple(of: 2) ? Forge.set("stays", "b") : Forge.set("a", "stays"))
        } else if outcome("stays", verifier) != nil {
          wrong.withLock { $0 += 1 }
        }
      }
    }
    #expect(wrong.withLock { $0 } == 0 && watch.complaints.isEmpty)
  }
}
