import Catalog
import Core
import Database
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@testable import Processing

extension RetentionSimulation {
  private static let planChangesPerYear = 1.2
  /// The expected number of uploads of a user in a year, which are most of them early, so that they grow old.
  private var uploadsPerYear: Double { day % 365 < 110 ? 16 : 1 }

  /// Has the users do what they do in a sixth of a day.
  func act() throws {
    let users = Double(people.count) / 365 / 6
    // Most files are migrated, because a decoder starts for each upload.
    for _ in 0..<events(users * uploadsPerYear) { try chance(0.85) ? migrate() : upload() }
    for _ in 0..<events(users * Self.planChangesPerYear) {
      try people.changePlan(of: .random(in: 0..<people.count, using: &random), at: clock.now)
      counts.planChanges += 1
    }
    for _ in 0..<events(users * 0.5) { try delete() }
    for _ in 0..<events(Double(living.count) * 0.002) { try restore() }
  }

  /// Makes users premium in the last second before the store deletes a file of theirs, too late for the worker.
  func upgradeOwnersOfOldFiles() throws {
    while young < subjects.count, Lifecycle.due(subjects[young].created, days: 365) <= clock.now + 1 {
      let subject = subjects[young]
      young += 1
      guard subject.state == .ready, people.isStandard(subject.owner, at: clock.now), chance(0.4) else { continue }
      clock.now += 0.01
      try people.changePlan(of: subject.owner, at: clock.now)
      counts.planChanges += 1
    }
  }

  /// Returns a random whole number with this mean.
  private func events(_ mean: Double) -> Int {
    Int(mean) + (chance(mean - mean.rounded(.down)) ? 1 : 0)
  }

  private func upload() throws {
    let owner = Int.random(in: 0..<people.count, using: &random)
    let bytes = Array("upload \(subjects.count)".utf8)
    let type = try PlainType(setting: "text/plain=txt")
    let policy = UploadPolicy(plainTypes: [type])
    let claim = try UploadClaim(filename: "a.txt", size: Int64(bytes.count), contentType: "", policy: policy)
    let key = RawKey(user: people.user(owner), file: FileID(at: clock.now), type: claim.type)
    let upload = NewUpload(key: key, claim: claim, expiresAt: clock.now + 900)
    try #require(fixture.database.reserve(upload, at: clock.now) == .reserved)
    let put = try fixture.store.memory.put(.bytes(bytes), to: key.description, in: ProcessingFixture.buckets.raw)
    // One event in ten is lost, and the sweep finds the object.
    if chance(0.9) { _ = try fixture.database.enqueue(for: [key.file], at: clock.now) }
    add(key.file, owner, key.description, put.version, isMigrated: false)
  }

  private func migrate() throws {
    let owner = Int.random(in: 0..<people.count, using: &random)
    let bytes = Array("migrated \(subjects.count)".utf8)
    let file = NewMigratedFile(
      id: FileID(at: clock.now),
      user: people.user(owner),
      filename: "a.txt",
      contentType: "text/plain",
      size: Int64(bytes.count),
      rawKey: "\(people.user(owner).written)/old/\(subjects.count).txt",
      createdAt: clock.now - .random(in: 0..<3e8, using: &random),
      migration: "run-1"
    )
    try #require(try fixture.database.beginMigratedFiles([file], at: clock.now) == [.done])
    let put = try fixture.store.memory.put(.bytes(bytes), to: file.rawKey, in: ProcessingFixture.buckets.raw)
    let object = MigratedObject(
      file: file.id,
      sha256: try #require(SHA256Digest(hexadecimal: SHA256.hexadecimal(of: bytes))),
      size: Int64(bytes.count),
      versionID: put.version?.description
    )
    try #require(try fixture.database.receiveMigratedFiles([object], processing: .now, at: clock.now) == [.done])
    add(file.id, owner, file.rawKey, put.version, isMigrated: true)
  }

  private func add(_ file: FileID, _ owner: Int, _ key: String, _ version: VersionID?, isMigrated: Bool) {
    add(
      Subject(
        file: file,
        owner: owner,
        key: key,
        isMigrated: isMigrated,
        created: clock.now,
        received: clock.now,
        version: version
      )
    )
  }

  private func delete() throws {
    guard let index = living.randomElement(using: &random), subjects[index].state == .ready else { return }
    // The row can already be deleted by the store's marker; then the owner's request changes nothing.
    let user = people.user(subjects[index].owner)
    guard try fixture.database.delete(subjects[index].file, of: user, at: clock.now) else { return }
    subjects[index].state = .deleted(clock.now, by: .owner)
  }

  private func restore() throws {
    guard let index = living.randomElement(using: &random), case .deleted = subjects[index].state else { return }
    let subject = subjects[index]
    guard try fixture.database.file(subject.file)?.state == .deleted else { return }
    do throws(StorageError) {
      try removal.restore(subject.file, of: people.user(subject.owner), at: clock.now)
    } catch .gone {
      return
    }
    counts.restores += 1
    subjects[index].restored = clock.now
    subjects[index].keepUntil = try fixture.database.file(subject.file)?.retention.keepUntil
    subjects[index].state = .ready
  }
}
