import Catalog
import Core
import Database
import Endpoint
import FastCGI
import Foundation
import Processing

/// The routes that delete and restore files.
struct Removals: Sendable {
  let removal: FileRemoval
  let catalog: FileCatalog
  let invalidation: CacheInvalidation

  func delete(_ id: FileID, _ request: Request, for user: UserID) throws -> Response {
    let permanent = try request.queryParameters("permanent")["permanent"] ?? "false"
    guard ["true", "false"].contains(permanent) else {
      throw StorageError.invalidRequest("permanent: must be true or false")
    }
    let precondition = try request.precondition()
    try removal.delete(
      id,
      of: user,
      permanently: permanent == "true",
      if: { precondition.holds(for: EntityTag(ofRecord: $0)) },
      at: .now
    )
    invalidation.purge([id])
    return Response(status: 204, headers: [("Cache-Control", "no-store")])
  }

  func deleteMany(_ request: Request, for user: UserID) throws -> Response {
    try request.require("POST")
    let body: DeletionBody = try request.json()
    guard FileRemoval.batchRange.contains(body.ids.count) else {
      throw StorageError.invalidRequest("ids: must be 1 to \(FileRemoval.batchRange.upperBound) identifiers")
    }
    let files = body.ids.map { FileID($0) }
    let named = files.compactMap { $0 }
    let deletions = try removal.delete(all: named, of: user, permanently: body.permanent ?? false, at: .now)
    let outcomes = Dictionary(zip(named, deletions)) { first, _ in first }
    invalidation.purge(named.filter { [.deleted, .purging].contains(outcomes[$0]) })
    let results = zip(body.ids, files).map { text, file in
      DeletionResult(id: text, status: (file.flatMap { outcomes[$0] } ?? .notFound).word)
    }
    return .json(["results": results])
  }

  func restore(_ id: FileID, _ request: Request, for user: UserID) throws -> Response {
    try request.require("POST")
    let precondition = try request.precondition()
    try removal.restore(id, of: user, if: { precondition.holds(for: EntityTag(ofRecord: $0)) }, at: .now)
    return .json(try catalog.file(id, of: user))
  }
}

/// The request to delete several files.
private struct DeletionBody: RequestBody {
  var ids: [String]
  var permanent: Bool?

  enum CodingKeys: CodingKey, CaseIterable { case ids, permanent }
}

/// The result for one of the files.
private struct DeletionResult: Encodable {
  var id: String
  var status: String
}

extension Deletion {
  fileprivate var word: String {
    switch self {
    case .deleted, .over: "deleted"
    case .purging: "purging"
    case .notFound: "not_found"
    }
  }
}
