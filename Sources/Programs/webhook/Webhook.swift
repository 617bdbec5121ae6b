//  webhook: receives storage events and stores them as jobs for the worker.
//
//  POST /events/{source}   source: seaweedfs, minio, s3; Authorization: Bearer STOWAGE_EVENTS_TOKEN
//    → 200 {"accepted", "ignored": [{"bucket", "key", "reason"}]} once the jobs are stored
//      400 invalid_request · 401 unauthenticated · 404 not_found · 413 body_too_large · 503 unavailable
//
//  Routed by nginx/handlers/events/webhook.conf, on a loopback address only. Events are not trusted: the worker reads
//  the object itself.

import Assembly
import Core
import Endpoint
import Events
import FastCGI
import Foundation

@main
struct Webhook: Handler {
  private let guardian: EventGuard
  private let intake: EventIntake

  /// 1 MiB: a store can send many records in one message.
  static let maximumBodyBytes = 1 << 20

  init(_ app: some DatabaseProvider) throws(StorageError) {
    guardian = EventGuard(token: app.settings.eventsToken)
    intake = EventIntake(bucket: app.settings.buckets.raw, database: try app.database)
  }

  func respond(to request: Request) throws -> Response {
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false)
    guard path.count == 3, path[0].isEmpty, path[1] == "events", let source = EventSource(rawValue: String(path[2]))
    else { throw StorageError.notFound }
    try request.require("POST")
    try guardian.admit(request.header("Authorization"))
    let events: [StorageEvent]
    do throws(MalformedEvent) {
      events = try source.events(in: request.body)
    } catch {
      throw StorageError.invalidRequest("the body must be \(error.expected)")
    }
    let receipt = try intake.take(events, at: .now)
    request.notes.add("accepted", String(receipt.accepted))
    if !receipt.ignored.isEmpty { request.notes.add("ignored", String(receipt.ignored.count)) }
    // SeaweedFS sends an event for every change in every folder: about 12 for each upload, of which one is about a file.
    if receipt.accepted == 0 { request.notes.markRoutine() }
    return .json(receipt)
  }
}
