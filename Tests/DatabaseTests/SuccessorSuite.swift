import Core
import Foundation
import TestSupport
import Testing

@testable import Database

/// A suite about the contents of one path, `a.jpg` of the user "ann".
protocol SuccessorSuite: DatabaseSuite {
  /// Gives every file a later identifier, as runs at different times do.
  var minutes: Counter { get }
}

extension SuccessorSuite {
  var path: FormerPath { FormerPath(user: user, path: Array("a.jpg".utf8)) }

  func makeID() -> FileID {
    minutes.increment()
    return FileID(at: now + 60 * Double(minutes.value))
  }

  /// Begins a content of the path `a.jpg`, the successor of another one, and returns its identifier.
  func begin(after predecessor: FileID? = nil, user: UserID? = nil) throws -> FileID {
    let file = content(after: predecessor, user: user)
    try #require(try database.beginMigratedFiles([file], at: now) == [.done])
    return file.id
  }

  func content(after predecessor: FileID?, user: UserID? = nil) -> NewMigratedFile {
    let id = makeID()
    let user = user ?? self.user
    return NewMigratedFile(
      id: id,
      user: user,
      filename: "a.jpg",
      contentType: "image/jpeg",
      size: 100,
      rawKey: predecessor == nil ? "\(user.written)/a.jpg" : "\(user.written)/\(id)/original",
      createdAt: now,
      migration: "run",
      predecessor: predecessor,
      formerPath: path
    )
  }

  func receive(_ file: FileID) throws {
    let object = MigratedObject(file: file, sha256: try digest(), size: 100, versionID: "v1")
    try #require(try database.receiveMigratedFiles([object], processing: .now, at: now) == [.done])
  }

  func received(after predecessor: FileID? = nil) throws -> FileID {
    let file = try begin(after: predecessor)
    try receive(file)
    return file
  }

  /// A worker finds the file clean.
  func publish(_ file: FileID) throws {
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    try #require(try database.publish(publication(of: file, user), under: job, at: now))
    try #require(try database.finish(job, at: now))
  }

  /// A worker refuses the file.
  func refuse(_ file: FileID) throws {
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    try #require(try database.quarantine(.malware, size: 100, sha256: nil, under: job, at: now))
    try #require(try database.finish(job, at: now))
  }

  func ready(after predecessor: FileID? = nil) throws -> FileID {
    let file = try received(after: predecessor)
    try publish(file)
    return file
  }

  func state(_ file: FileID) throws -> FileState { try database.record(file).state }

  func restore(_ file: FileID) throws -> Bool {
    try database.restore(file, of: user, variants: [], deletedAfter: now - 1, at: now)
  }

  var served: FileID? {
    get throws { try database.file(formerPath: path)?.id }
  }

  func unchecked(key: String) throws -> FileID {
    let id = makeID()
    let file = NewMigratedFile(
      id: id,
      user: user,
      filename: "b",
      contentType: "image/jpeg",
      size: 100,
      rawKey: key,
      createdAt: now,
      migration: "run"
    )
    try #require(try database.beginMigratedFiles([file], at: now) == [.done])
    try receive(id)
    return id
  }
}
