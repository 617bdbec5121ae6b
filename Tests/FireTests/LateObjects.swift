import Foundation
import TestSupport
import Testing

/// Objects that come for uploads that are over: refused, abandoned, or run out.
struct LateObjects {
  private let ground: Ground
  private let user: Ground.User

  init(_ ground: Ground) throws {
    self.ground = ground
    user = try ground.user()
  }

  func run() throws {
    let photo = try Payload.jpeg()
    let refused = try (0..<3).map { _ in try ground.upload(.disguised(), as: user) }
    let aborted = try (0..<2).map { _ in try ticket(photo, wanted: "aborted") }
    let expired = try (0..<2).map { _ in try ticket(photo, wanted: "expired") }
    for upload in aborted { try ground.ledger.abort(upload.id) }
    for upload in expired { try ground.ledger.age(upload.id) }
    let all = refused + aborted + expired
    try until("expired", within: 60) { try ground.ledger.files(expired.map(\.id), in: "expired").count == 2 }
    try ground.settle(all)
    for upload in all { try ground.overwrite(upload.key, with: photo.bytes) }
    try ground.audit(all)
    try ground.withoutEvents {
      for upload in refused { try ground.overwrite(upload.key, with: photo.bytes) }
      try ground.audit(all)
    }
  }

  private func ticket(_ payload: Payload, wanted: String) throws -> Ground.Upload {
    let ticket = try ground.stack.ticket(size: payload.bytes.count, token: user.token)
    let key = "\(user.name)/\(ticket.fileId)/original.jpg"
    return Ground.Upload(id: ticket.fileId, user: user, key: key, wanted: wanted)
  }
}
