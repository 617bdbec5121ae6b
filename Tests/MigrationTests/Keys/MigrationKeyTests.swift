import Core
import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct MigrationKeyTests {
  let user: UserID
  let file: FileID

  init() throws {
    user = try #require(UserID("auth0|64"))
    file = try #require(FileID("01920000-0000-7000-8000-000000000000"))
  }

  private func key(_ path: [UInt8], _ rules: KeyRules = KeyRules()) -> MigrationKey {
    MigrationKey(user: user, file: file, path: path, rules: rules)
  }

  private func key(_ path: String, _ rules: KeyRules = KeyRules()) -> MigrationKey { key(Array(path.utf8), rules) }

  @Test(arguments: [
    "a.jpg", "2019/a b+c%20.jpg", "e\u{301}", "\u{202E}x", "-rf", "trailing. ", "line\nbreak", "\u{8}", "a\\b", "…",
    "original.jpg", "01920000-0000-7000-8000-000000000000/holiday.jpg",
    "01920000-0000-7000-8000-000000000000/a/original.jpg", "x/original.jpg",
  ])
  func `a key carries the path byte for byte`(path: String) {
    #expect(key(path).text == "auth0~7C64/" + path && key(path).obstacle == nil)
  }

  @Test func `a key that cannot carry the path is made from the identifier`() {
    let opaque = "auth0~7C64/01920000-0000-7000-8000-000000000000/original"
    let id = "01920000-0000-7000-8000-000000000001"
    let cases: [([UInt8], MigrationKey.Obstacle)] = [
      (Array(repeating: 97, count: 1014), .tooLong), ([97, 0xFF], .notUnicode), ([0xED, 0xA0, 0x80], .notUnicode),
      ([0xC0, 0xAF], .notUnicode), (Array("a/../b".utf8), .segments), (Array("./b".utf8), .segments),
      (Array("a//b".utf8), .segments), (Array("a/".utf8), .segments), (Array("\(id)/original.jpg".utf8), .reserved),
      (Array("\(id)/kept.bin".utf8), .reserved), (Array("\(id)/original".utf8), .reserved), ([97, 0], .untellable),
      (Array("..\\x".utf8), .segments), (Array("a\\.\\x".utf8), .segments), (Array("a/\\..".utf8), .segments),
    ]
    for (path, obstacle) in cases { #expect(key(path).obstacle == obstacle && key(path).text == opaque, "\(path)") }
    #expect(key(Array(repeating: 97, count: 1013)).text.utf8.count == 1024)
  }

  @Test func `the abilities of the store decide about control characters and composition`() {
    let plain = KeyRules(listsAreEncoded: false)
    for path in ["a\u{8}", "a\u{1B}", "a\rb", "\u{FFFE}", "\u{FFFF}"] {
      #expect(key(path, plain).obstacle == .untellable, "\(path.debugDescription)")
    }
    for path in ["a\tb", "a\nb", "\u{7F}", "\u{1F600}", "e\u{301}"] { #expect(key(path, plain).obstacle == nil) }
    #expect(key("e\u{301}", KeyRules(normalises: true)).obstacle == .notNormalised)
    #expect(key("\u{E9}", KeyRules(normalises: true)).obstacle == nil)
  }

  @Test func `names that SeaweedFS cannot keep get another key there`() {
    let filer = KeyRules(for: .seaweedfs)
    for path in ["a\u{8}", "a\u{1B}[31m"] { #expect(key(path, filer).obstacle == .untellable) }
    let long = String(repeating: "n", count: 247)
    for path in ["a\\b", "\\", "x.versions", ".versions", "x.versions/v_1", long, "a/" + long] {
      #expect(key(path, filer).obstacle == .unstorable, "\(path)")
      #expect(key(path, KeyRules(for: .aws)).obstacle == nil, "\(path)")
    }
    for path in [String(long.dropLast()), long + "/a", "versions", "x.version", "x.versions.jpg"] {
      #expect(key(path, filer).obstacle == nil, "\(path)")
    }
    #expect(key("e\u{301}", KeyRules(for: .r2)).obstacle == .notNormalised)
  }

  @Test func `no two paths of one user share a key, whatever the bytes`() {
    var random = Seeded("migration keys")
    var keys: [String: [UInt8]] = [:]
    for _ in 0..<3000 {
      let path = (0..<Int.random(in: 1...3, using: &random)).map { _ in UInt8.random(in: 1...255, using: &random) }
      let key = MigrationKey(user: user, file: FileID(at: .now), path: path, rules: KeyRules())
      #expect(keys.updateValue(path, forKey: key.text) ?? path == path)
      #expect(key.obstacle != nil || Array(key.text.utf8.dropFirst(11)) == path)
    }
  }

  @Test func `folded paths are equal for case and composition alone`() {
    let alike = [("A/b", "a/B"), ("\u{E9}", "e\u{301}"), ("STRASSE", "straße"), ("É", "e\u{301}")]
    for (one, other) in alike { #expect(FoldedPath.hash(Array(one.utf8)) == FoldedPath.hash(Array(other.utf8))) }
    for (one, other) in [("a", "b"), ("a/b", "ab"), ("é", "e")] {
      #expect(FoldedPath.hash(Array(one.utf8)) != FoldedPath.hash(Array(other.utf8)))
    }
  }
}
