import Foundation
import TestSupport
import Testing

/// Objects that arrive after their uploads were rejected, aborted or expired.
struct LateObjects {
  private let fixture: FireFixture
  private let user: FireFixture.User

  init(_ fixture: FireFixture) throws {
    self.fixture = fixture
    user = try fixture.user()
  }

  func run() throws {
    let photo = try Payload.jpeg()
    let refused = try (0..<3).map { _ in try fixture.upload(.disguised(), as: user) }
    let aborted = try (0..<2).map { _ in try ticket(photo, wanted: "aborted") }
    let expired = try (0..<2).map { _ in try ticket(photo, wanted: "expired") }
    for upload in aborted { try fixture.ledger.abort(upload.id) }
    for upload in expired { try fixture.ledger.age(upload.id) }
    let all = refused + aborted + expired
    try until("expired", within: 60) { try fixture.ledger.files(expired.map(\.id), in: "expired").count == 2 }
    try fixture.settle(all)
    for upload in all { try fixture.overwrite(upload.key, with: photo.bytes) }
    try fixture.audit(all)
    try fixture.withoutEvents {
      for upload in refused { try fixture.overwrite(upload.key, with: photo.bytes) }
      try fixture.audit(all)
    }
  }

  private func ticket(_ payload: Payload, wanted: String) throws -> FireFixture.Upload {
    let ticket = try fixture.stack.ticket(size: payload.bytes.count, token: user.token)
    let key = "\(user.name)/\(ticket.fileId)/original.jpg"
    return FireFixture.Upload(id: ticket.fileId, user: user, key: key, wanted: wanted)
  }
}
