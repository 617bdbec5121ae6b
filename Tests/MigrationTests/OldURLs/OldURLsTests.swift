import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct OldURLsTests {
  private let tree: TreeFixture
  private let place: ScratchFolder
  private let database: FileDatabase
  private let ada: UserID
  private let bob: UserID
  private let now = Date(timeIntervalSince1970: 1_800_000_000)
  private let digest: SHA256Digest

  init() throws {
    tree = try TreeFixture()
    place = try ScratchFolder()
    database = try FileDatabase(path: place.file("stowage.sqlite"))
    (ada, bob) = (try #require(UserID("ada")), try #require(UserID("bob")))
    for user in [ada, bob] { _ = try database.userOrNew(user, at: now) }
    digest = try #require(SHA256Digest(hexadecimal: String(repeating: "a", count: 64)))
  }

  /// Begins the migration of a file of Ada's.
  private func begin(_ path: [UInt8], _ visibility: Visibility = .private) throws -> FileID {
    let file = FileID(at: now)
    let key = MigrationKey(user: ada, file: file, path: path, rules: KeyRules())
    let new = NewMigratedFile(
      id: file,
      user: ada,
      filename: "a.jpg",
      contentType: "image/jpeg",
      size: 3,
      rawKey: key.text,
      visibility: visibility,
      createdAt: now,
      migration: "m1",
      formerPath: FormerPath(user: ada, path: path)
    )
    try #require(try database.beginMigratedFiles([new], at: now) == [.done])
    return file
  }

  private func begin(_ path: String, _ visibility: Visibility = .private) throws -> FileID {
    try begin(Array(path.utf8), visibility)
  }

  private func receive(_ file: FileID) throws -> LeasedJob {
    let object = MigratedObject(file: file, sha256: digest, size: 3, versionID: "v1")
    try #require(try database.receiveMigratedFiles([object], processing: .now, at: now) == [.done])
    return try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
  }

  private func makeReady(_ file: FileID) throws {
    let job = try receive(file)
    let version = VariantVersion(prefixOf: digest)
    let key = ProcessedKey(user: ada, file: file, version: version, name: .original, type: .jpeg)
    let publication = Publication(
      versionID: "v1",
      size: 3,
      sha256: digest,
      variants: [Variant(key: key, width: 1, height: 1, size: 3)]
    )
    try #require(try database.publish(publication, under: job, at: now))
  }

  /// Returns the source as a word, or the error.
  private func source(_ path: String, for user: UserID?, fromDisk: Bool = true) -> String {
    source(Array(path.utf8), for: user, fromDisk: fromDisk)
  }

  private func source(_ path: [UInt8], for user: UserID?, fromDisk: Bool = true) -> String {
    let urls = OldURLs(database: database, folder: fromDisk ? tree.folder.path : nil)
    do throws(StorageError) {
      switch try urls.find(path, for: user) {
      case .stored: return "bucket"
      case .image(_, let visibility): return "image \(visibility)"
      case .disk: return "disk"
      }
    } catch {
      return if case .unauthenticated = error { "unauthenticated" } else { error.words }
    }
  }

  @Test func `a file comes from the disk until the bucket has it, and for its owner alone`() throws {
    try tree.write("ada/a.jpg")
    #expect(source("ada/a.jpg", for: ada) == "disk" && source("ada/a.jpg", for: ada, fromDisk: false) == "notFound")
    let file = try begin("a.jpg")
    #expect(source("ada/a.jpg", for: ada) == "disk" && source("ada/a.jpg", for: ada, fromDisk: false) == "notFound")
    for _ in 0..<2 {
      #expect(source("ada/a.jpg", for: bob) == "notFound" && source("ada/a.jpg", for: nil) == "unauthenticated")
      if try database.file(file)?.state == .pending { try makeReady(file) }
    }
    #expect(source("ada/a.jpg", for: ada) == "bucket" && source("ada/a.jpg", for: ada, fromDisk: false) == "bucket")
    let other = try begin("b.jpg")
    try tree.write("ada/b.jpg")
    _ = try receive(other)
    #expect(source("ada/b.jpg", for: ada) == "disk" && source("ada/b.jpg", for: ada, fromDisk: false) == "notFound")
  }

  @Test func `what a check refused or somebody deleted never comes from the disk`() throws {
    for name in ["refused", "deleted", "purging"] { try tree.write("ada/\(name)") }
    let job = try receive(try begin("refused"))
    try #require(try database.quarantine(.malware, size: 3, sha256: nil, under: job, at: now))
    for name in ["deleted", "purging"] {
      let file = try begin(name)
      try makeReady(file)
      try #require(try database.delete(file, of: ada, at: now))
      if name == "purging" { _ = try database.delete([file], of: ada, permanently: true, at: now) }
    }
    for name in ["refused", "deleted", "purging"] { #expect(source("ada/\(name)", for: ada) == "notFound", "\(name)") }
  }

  @Test func `visibility decides who else gets the image without metadata`() throws {
    for visibility in Visibility.allCases { try makeReady(begin("\(visibility).jpg", visibility)) }
    let unchecked = try begin("unchecked.jpg", .public)
    #expect(
      source("ada/public.jpg", for: bob) == "image public" && source("ada/public.jpg", for: nil) == "image public"
    )
    for name in ["premium", "private", "unchecked"] {
      #expect(
        source("ada/\(name).jpg", for: bob) == "notFound" && source("ada/\(name).jpg", for: nil) == "unauthenticated"
      )
    }
    _ = try database.change(bob, plan: .premium, quotaBytes: nil, at: now)
    #expect(source("ada/premium.jpg", for: bob) == "image premium" && source("ada/private.jpg", for: bob) == "notFound")
    #expect(try database.file(unchecked)?.state == .pending)
  }

  @Test func `any bytes are a path, and only the migration's files are found`() throws {
    for path in [[0x61, 0xFF, 0x0A], Array(repeating: 0x61, count: 1100), Array("a%2e+ b".utf8)] as [[UInt8]] {
      try makeReady(begin(path))
      #expect(source(Array("ada/".utf8) + path, for: ada) == "bucket", "\(path.prefix(8))")
    }
    for path in ["", "/", "ada", "ada/", "/ada/a", "ada//a", "ada/../ada/a", "ada/.", "bob bob/a", "../etc/passwd"] {
      #expect(source(path, for: ada) == "notFound", "\(path)")
    }
    let long = "ada/" + String(repeating: "n", count: 256)
    #expect(source(long, for: ada) == "notFound")
  }

  @Test func `no link, pipe or folder is sent, and an unreadable folder is reported`() throws {
    try tree.write("bob/secret", "secret")
    try tree.makeFolder("ada/folder")
    symlink(tree.folder.file("bob/secret"), tree.folder.file("ada/link"))
    symlink(tree.folder.file("bob"), tree.folder.file("ada/way"))
    mkfifo(tree.folder.file("ada/pipe"), 0o644)
    for name in ["link", "way/secret", "pipe", "folder", "nothing"] {
      #expect(source("ada/\(name)", for: ada) == "notFound", "\(name)")
    }
    let urls = OldURLs(database: database, folder: place.file("gone"))
    do throws(StorageError) {
      _ = try urls.find(Array("ada/a".utf8), for: ada)
      Issue.record("a folder that is gone has files")
    } catch {
      guard case .unavailable(let detail) = error else { throw error }
      #expect(detail.contains("STOWAGE_OLD_URLS_FOLDER") && detail.contains("gone"))
    }
  }

  private static let pngHead = "\u{89}PNG\r\n\u{1A}\n".unicodeScalars.map { UInt8($0.value) }

  @Test(
    arguments: [
      ("a.jpg", [0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg", "inline; filename=\"a.jpg\""),
      ("a.png", pngHead, "image/png", "inline; filename=\"a.png\""),
      ("a.js", Array("GIF89a=1;/*".utf8), "image/gif", "inline; filename=\"a.js.gif\""),
      ("a.webp", Array("RIFF0000WEBPVP8 ".utf8), "image/webp", "inline; filename=\"a.webp\""),
      ("a.jpg", Array("<html>".utf8), "application/octet-stream", "attachment; filename=\"a.jpg\""),
      ("a.svg", Array("<svg xmlns=''>".utf8), "application/octet-stream", "attachment; filename=\"a.svg\""),
      ("a.html", Array("<script>".utf8), "application/octet-stream", "attachment; filename=\"a.html\""),
      ("a.pdf", Array("%PDF-1.7".utf8), "application/octet-stream", "attachment; filename=\"a.pdf\""),
      ("a.mp4", [0, 0, 0, 24] + Array("ftypisom".utf8), "video/mp4", "attachment; filename=\"a.mp4\""),
      ("empty", [], "application/octet-stream", "attachment; filename=\"empty\""),
    ] as [(String, [UInt8], String, String)]
  )
  func `first bytes decide what a browser shows; all else is an attachment`(
    name: String,
    head: [UInt8],
    type: String,
    disposition: String
  ) throws {
    try tree.makeFolder("ada")
    try tree.folder.write(head, to: "ada/\(name)")
    let file = try DiskFile(Array("ada/\(name)".utf8), in: tree.folder.path)
    #expect(file.contentType == type && file.disposition.description == disposition)
    #expect(file.target == "/ada/\(name)")
  }

  @Test func `the target is percent-encoded, and the folder has no symbolic link`() throws {
    try tree.write(Array("ada/50% a?b#c\n".utf8) + [0xFF])
    symlink(tree.folder.path, place.file("alias"))
    let file = try DiskFile(Array("ada/50% a?b#c\n".utf8) + [0xFF], in: place.file("alias"))
    #expect(file.target == "/ada/50%25%20a%3Fb%23c%0A%FF")
    #expect(file.folder == String(decoding: tree.root.path, as: UTF8.self))
  }
}

extension StorageError {
  fileprivate var words: String { if case .notFound = self { "notFound" } else { "\(self)" } }
}
