//  The routes below /uppy: those of Uppy's Companion for uploads to S3.
//
//  GET /uppy/
//    → 200 {}
//  GET /uppy/s3/params?filename=…&type=…&metadata[…]=…
//    → 200 {"method": "POST", "url", "fields", "expires", "fileId"}
//  POST /uppy/s3/multipart   {"filename", "type"?, "metadata"?}
//    → 200 {"key", "uploadId", "fileId"}
//  GET /uppy/s3/multipart/{uploadId}?key=…
//    → 200 [{"PartNumber", "Size", "ETag"}]
//  GET /uppy/s3/multipart/{uploadId}/{partNumber}?key=…
//    → 200 {"url", "expires", "headers"?}
//  GET /uppy/s3/multipart/{uploadId}/batch?key=…&partNumbers=1,2
//    → 200 {"presignedUrls": {"1": …}, "headers"?: {"1": …}}
//  POST /uppy/s3/multipart/{uploadId}/complete?key=…   {"parts": [{"PartNumber", "ETag"}]}
//    → 200 {"location", "key", "bucket", "fileId"}; idempotent
//  DELETE /uppy/s3/multipart/{uploadId}?key=…
//    → 200 {}; idempotent
//
//  Errors are those of the other routes of the API, with a `message`; 403 origin_not_allowed for a cookie in a request
//  that no page of the application sent. Source: https://uppy.io/docs/companion/

import Access
import Core
import Endpoint
import FastCGI
import Foundation
import Uploads

struct UppyRoutes: Sendable {
  let authenticator: Authenticator
  let cookie: CookieRule?
  let policy: UploadPolicy
  let uploads: CompanionUploads
  let claims: ClaimMeter

  private struct Nothing: Encodable {}

  /// 1 MiB: Uppy lists every part when it completes an upload.
  static let maximumBodyBytes = 1 << 20

  /// 1 MiB for a completion; 64 KiB for other requests, enough for the metadata that an application adds to a file.
  static func maximumBodyBytes(of request: Request) -> Int {
    request.path.hasSuffix("/complete") ? maximumBodyBytes : 64 << 10
  }

  /// Returns the response to a request; `path` is the part after `/uppy`.
  func respond(to request: Request, at path: some Collection<Substring>) throws -> Response {
    let path = Array(path)
    switch path.count {
    case ...1 where path.allSatisfy(\.isEmpty):
      try request.require("GET")
      return .json(Nothing())
    case 2 where path == ["s3", "params"]: return try claims.counting { try form(request) }
    case 2 where path == ["s3", "multipart"]: return try claims.counting { try begin(request) }
    case 2 where path == ["s3", "sts"]:
      _ = try user(of: request)
      throw StorageError.invalidRequest(
        "credentials of the store are never issued: omit getTemporarySecurityCredentials"
      )
    case 3 where path.starts(with: ["s3", "multipart"]):
      return try answer(request, about: upload(request, String(path[2])))
    case 4 where path.starts(with: ["s3", "multipart"]):
      return try answer(request, about: upload(request, String(path[2])), String(path[3]))
    default: throw StorageError.notFound
    }
  }

  private func user(of request: Request) throws(StorageError) -> UserID {
    try authenticator.identify(request, orBy: cookie).user
  }

  private func upload(_ request: Request, _ id: String) throws(StorageError) -> CompanionUpload {
    guard let key = try request.queryParameters()["key"] else {
      throw StorageError.invalidRequest("key: is missing in the query")
    }
    return CompanionUpload(key: key, id: id)
  }

  private func form(_ request: Request) throws -> Response {
    try request.require("GET")
    let user = try user(of: request)
    let query = try request.queryParameters()
    guard let filename = query["filename"] else {
      throw StorageError.invalidRequest("filename: is missing in the query")
    }
    let (start, end) = ("metadata[", "]")
    let named = query.filter { $0.key.hasPrefix(start) && $0.key.hasSuffix(end) }.map {
      (String($0.key.dropFirst(start.count).dropLast(end.count)), $0.value)
    }
    let metadata = Dictionary(named, uniquingKeysWith: { first, _ in first })
    let wish = try CompanionClaim(filename: filename, type: query["type"], metadata: metadata, policy: policy)
    return .json(FormBody(try uploads.form(wish, for: user, at: .now)))
  }

  private func begin(_ request: Request) throws -> Response {
    try request.require("POST")
    let user = try user(of: request)
    let body: WishBody = try request.json()
    let wish = try CompanionClaim(
      filename: body.filename,
      type: body.type,
      metadata: body.texts,
      policy: policy
    )
    return .deferred(for: user.description) { .json(UploadBody(try uploads.begin(wish, for: user, at: .now))) }
  }

  private func answer(_ request: Request, about upload: CompanionUpload) throws -> Response {
    try request.require("GET", "DELETE")
    let user = try user(of: request)
    if request.method == "DELETE" {
      try uploads.abort(upload, for: user, at: .now)
      return .json(Nothing())
    }
    return .deferred(for: user.description) { .json(try uploads.parts(of: upload, for: user).map(TaggedPartBody.init)) }
  }

  private func answer(
    _ request: Request,
    about upload: CompanionUpload,
    _ what: String
  ) throws -> Response {
    try request.require(what == "complete" ? "POST" : "GET")
    let user = try user(of: request)
    switch what {
    case "complete":
      // Deferred: the body may be 1 MiB, and other requests do not wait while it is parsed.
      return .deferred(for: user.description) {
        let body: PartsBody = try request.json()
        return .json(ObjectBody(try uploads.complete(body.named, of: upload, for: user, at: .now)))
      }
    case "batch":
      let numbers = try (request.queryParameters()["partNumbers"] ?? "").split(separator: ",")
        .map { (text) throws(StorageError) in try number(String(text)) }
      let signed = try uploads.sign(numbers, of: upload, for: user, at: .now)
      let urls = Dictionary(signed.urls.map { (String($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
      let headers = signed.headers.isEmpty ? nil : urls.mapValues { _ in members(signed.headers) }
      return .json(PartURLsBody(presignedUrls: urls, headers: headers))
    default:
      let number = try number(what)
      let signed = try uploads.sign([number], of: upload, for: user, at: .now)
      guard let url = signed.urls[number] else {
        throw StorageError.unexpected(detail: "a part that was signed has no URL")
      }
      let headers = signed.headers.isEmpty ? nil : members(signed.headers)
      return .json(PartURLBody(url: url, expires: signed.seconds, headers: headers))
    }
  }

  private func number(_ text: String) throws(StorageError) -> Int {
    guard let number = Int(text), String(number) == text else {
      throw StorageError.invalidRequest("part number: must be a whole number, at least 1")
    }
    return number
  }
}
