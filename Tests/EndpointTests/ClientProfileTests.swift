import Assembly
import Core
import FastCGI
import Foundation
import Testing

@testable import Endpoint

/// Differences on routes with the client profile of Uppy's Companion.
@Suite struct ClientProfileTests {
  private static let app = "https://app.example.com"

  private func pipeline(origins: String = app, _ error: StorageError? = nil) throws -> RequestPipeline<Companion> {
    let plain = try Scripted.pipeline(origins: origins)
    return RequestPipeline(app: plain.app, handler: Companion(error: error))
  }

  private func request(_ method: String, _ headers: [String: String]) -> Request {
    Request(method: method, path: "/uppy/s3/params", headers: headers)
  }

  @Test func `only a page of a listed origin may send cookies`() throws {
    let listed = try pipeline().answer(request("GET", ["Origin": Self.app]))
    #expect(listed.values("Access-Control-Allow-Origin") == [Self.app])
    #expect(listed.values("Access-Control-Allow-Credentials") == ["true"])
    for (origins, origin) in [(Self.app, "https://evil.example"), (Self.app, "null"), ("none", Self.app)] {
      let answer = try pipeline(origins: origins).answer(request("GET", ["Origin": origin]))
      #expect(
        answer.values("Access-Control-Allow-Origin").isEmpty
          && answer.values("Access-Control-Allow-Credentials").isEmpty
      )
    }
    let any = try pipeline(origins: "*").answer(request("GET", ["Origin": "https://evil.example"]))
    #expect(any.values("Access-Control-Allow-Credentials").isEmpty)
    let own = try Scripted.pipeline().answer(request("GET", ["Origin": Self.app]))
    #expect(
      own.values("Access-Control-Allow-Origin") == [Self.app] && own.values("Access-Control-Allow-Credentials").isEmpty
    )
  }

  @Test func `a preflight allows Uppy's headers, and an OPTIONS request of Uppy lists them too`() throws {
    let headers = ["Origin": Self.app, "Access-Control-Request-Method": "GET"]
    for headers in [headers, ["Origin": Self.app]] {
      let answer = try pipeline().answer(request("OPTIONS", headers))
      #expect(answer.status == 204 && answer.values("Access-Control-Allow-Credentials") == ["true"])
      let names = try #require(answer.values("Access-Control-Allow-Headers").first?.lowercased())
      for name in ["authorization", "content-type", "uppy-versions", "uppy-auth-token"] {
        #expect(names.contains(name))
      }
      #expect(answer.values("Access-Control-Expose-Headers") == ["Access-Control-Allow-Headers"])
      #expect(answer.values("Access-Control-Allow-Methods").first?.contains("DELETE") == true)
    }
    let foreign = try pipeline().answer(request("OPTIONS", headers.merging(["Origin": "https://evil.example"]) { $1 }))
    #expect(foreign.values("Access-Control-Allow-Origin").isEmpty)
  }

  @Test func `errors have a message member, unlike those of the API`() throws {
    let error = StorageError.quotaExceeded(available: 12)
    let members = try pipeline(error).answer(request("GET", [:])).members()
    #expect(members["message"] as? String == "The file exceeds the remaining quota: 12 bytes are left.")
    #expect(
      try pipeline(.notFound).answer(request("GET", [:])).members()["message"] as? String == "There is nothing here"
    )
    let notAllowed = StorageError.typeNotAllowed(detail: "x", accepted: ["image/jpeg"])
    let wrongType = try pipeline(notAllowed).answer(request("GET", [:])).members()
    #expect(wrongType["message"] as? String == "Files of this type are not accepted")
    #expect(wrongType["accepted"] as? [String] == ["image/jpeg"])
    let own = try Scripted.pipeline { _ in throw error }.answer(request("GET", [:])).members()
    #expect(own["message"] == nil && own["code"] as? String == "quota_exceeded")
  }

  @Test func `a cookie from another origin is a 403 that quotes nothing`() throws {
    let answer = try pipeline(.originNotAllowed(reason: "secret")).answer(request("GET", [:]))
    #expect(answer.status == 403 && !answer.text.contains("secret"))
    #expect(try answer.members()["code"] as? String == "origin_not_allowed")
  }
}

/// A handler whose routes all have the Companion profile.
private struct Companion: Handler {
  let error: StorageError?

  init(_: Application) throws(StorageError) { error = nil }
  init(error: StorageError?) { self.error = error }

  static func profile(of request: Request) -> ClientProfile { .companion }

  func respond(to request: Request) throws(StorageError) -> Response {
    if let error { throw error }
    return .json([1])
  }
}
