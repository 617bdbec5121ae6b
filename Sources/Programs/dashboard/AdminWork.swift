import Access
import Core
import Database
import Endpoint
import FastCGI
import Foundation
import Logging
import Reporting

/// The routes that show the work and its results.
struct AdminWork: Sendable {
  let reader: DashboardReader
  let log: Logger

  func read(_ path: String, _ request: Request) throws -> Response {
    switch path {
    case "overview":
      try request.requireRead()
      return .json(try reader.overview(at: .now))
    case "queue":
      try request.requireRead()
      return .json(try reader.queue())
    case "reports":
      try request.requireRead()
      return .json(["reports": try reader.reports(at: .now)])
    case "costs":
      try request.requireRead()
      return .json(try reader.costs())
    case "usage":
      try request.require("GET", "HEAD")
      return .json(try reader.usage(days: try request.queryParameters("days").days(), at: .now))
    case "traffic":
      try request.require("GET", "HEAD")
      return .json(try reader.traffic(days: try request.queryParameters("days").days(), at: .now))
    case "health":
      try request.requireRead()
      return .json(["processes": try reader.health()])
    case "jobs/failed":
      try request.require("GET", "HEAD")
      let query = try request.queryParameters("limit", "after")
      return .json(try reader.failedJobs(after: query["after"], limit: try query.limit()))
    case "invalidations":
      try request.require("GET", "HEAD")
      let query = try request.queryParameters("limit")
      return .json(["jobs": try reader.invalidations(limit: try query.limit())])
    default: throw StorageError.notFound
    }
  }

  func retry(_ kind: String, _ file: String, _ request: Request, for identity: Identity) throws -> Response {
    try request.require("POST")
    guard let kind = JobKind(rawValue: kind), let file = FileID(file) else { throw StorageError.notFound }
    try reader.retry(kind, of: file, at: .now)
    log.notice(
      "job retried",
      metadata: [
        "kind": "\(kind.rawValue)", "file": "\(file)", "by": "\(identity.user)", "requestID": "\(request.id)",
      ]
    )
    return Response(status: 204, headers: [("Cache-Control", "no-store")])
  }
}

extension Request {
  /// Throws unless the request is a GET or HEAD without parameters.
  func requireRead() throws {
    try require("GET", "HEAD")
    guard query.isEmpty else { throw StorageError.invalidRequest("the query: this address accepts no parameters") }
  }
}

extension [String: String] {
  /// Returns the parameter `limit`, or 100 if it is absent; throws `invalidRequest` for another number than a page may have.
  func limit() throws(StorageError) -> Int {
    guard let text = self["limit"] else { return 100 }
    guard let limit = Int(text), DashboardReader.pageRange.contains(limit) else {
      throw StorageError.invalidRequest("limit: must be 1 to \(DashboardReader.pageRange.upperBound)")
    }
    return limit
  }

  /// Returns the parameter `days`, or 90 if it is absent; throws `invalidRequest` for another number than a history may have.
  func days() throws(StorageError) -> Int {
    guard let text = self["days"] else { return 90 }
    guard let days = Int(text), DashboardReader.dayRange.contains(days) else {
      throw StorageError.invalidRequest("days: must be 1 to \(DashboardReader.dayRange.upperBound)")
    }
    return days
  }
}
