import Foundation
import HTTP
import TestSupport
import Testing

/// How browsers get and lose the cookies for private and premium images.
@Suite(.enabled(if: isRunning, howToRun)) struct ImageCookieTests {
  private struct Given: Decodable {
    let expiresAt: Date
    let paths: [String]
  }

  private let stack: Stack
  private let images: GuardedImages

  init() throws {
    stack = try #require(Stack.current)
    images = try GuardedImages(stack)
  }

  @Test func `each cookie is limited to its path, HTTPS and this site, and hidden from scripts`() throws {
    let person = try images.person()
    let answer = try stack.send("POST", "/v1/cookies", headers: person.authorization)
    let given: Given = try Stack.decode(answer, status: 200)
    #expect(given.paths == ["/private/\(person.name)/", "/premium/\(person.name)/"])
    #expect((3000...3700).contains(given.expiresAt.timeIntervalSinceNow))
    #expect(answer.head["Cache-Control"] == "no-store")
    let lines = GuardedImages.lines(answer)
    for line in lines {
      let parts = line.components(separatedBy: "; ")
      #expect(Set(["Secure", "HttpOnly", "SameSite=Lax"]).isSubset(of: parts), "\(line)")
      #expect(parts[0].hasPrefix("CloudFront-") && !line.contains("Domain="))
    }
    for path in given.paths {
      let names = lines.filter { $0.contains("; Path=\(path);") && !$0.contains("Max-Age=0") }
        .map { String($0.prefix { $0 != "=" }) }
      let expected = ["Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"].map { "CloudFront-\($0)" }
      #expect(names.sorted() == expected.sorted())
    }
  }

  @Test func `a change of plan deletes cookies that would be sent beside the new ones`() throws {
    let person = try images.person()
    for (plan, other) in [("standard", "/premium/"), ("premium", "/premium/\(person.name)/")] {
      try images.put(person, on: plan)
      let cleared = try images.lines(of: person).filter { $0.contains("; Path=\(other);") }
      #expect(cleared.count == 5 && cleared.allSatisfy { $0.contains("Max-Age=0") })
    }
  }

  @Test func `DELETE makes a browser delete all its cookies`() throws {
    let person = try images.person()
    let answer = try stack.send("DELETE", "/v1/cookies", headers: person.authorization)
    #expect(answer.head.status == 204)
    let lines = GuardedImages.lines(answer)
    #expect(lines.count == 15 && lines.allSatisfy { $0.contains("Max-Age=0") })
    for path in ["/private/\(person.name)/", "/premium/\(person.name)/", "/premium/"] {
      #expect(lines.count { $0.contains("; Path=\(path);") } == 5)
    }
  }

  @Test func `without a token no cookies are issued, and other methods and paths are errors`() throws {
    for method in ["POST", "DELETE"] { #expect(try stack.send(method, "/v1/cookies").head.status == 401) }
    let person = try images.person()
    let answer = try stack.send("GET", "/v1/cookies", headers: person.authorization)
    #expect(answer.head.status == 405 && answer.head["Allow"] == "POST, DELETE")
    for path in ["/v1/cookies/", "/v1/cookies/x", "/v1/Cookies"] {
      #expect(try stack.send("POST", path, headers: person.authorization).head.status == 404)
    }
  }

  @Test func `only pages of the application may send requests with credentials`() throws {
    let person = try images.person()
    let site = [(name: "Origin", value: stack.url)]
    let answer = try stack.send("POST", "/v1/cookies", headers: person.authorization + site)
    #expect(answer.head["Access-Control-Allow-Origin"] == stack.url)
    #expect(answer.head["Access-Control-Allow-Credentials"] == "true")
    let preflight = try stack.send(
      "OPTIONS",
      "/v1/cookies",
      headers: site + [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")]
    )
    #expect(preflight.head.status == 204 && preflight.head["Access-Control-Allow-Credentials"] == "true")
    #expect(preflight.head["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
    let evil = [(name: "Origin", value: "https://evil.example.com")]
    let other = try stack.send("POST", "/v1/cookies", headers: person.authorization + evil)
    #expect(other.head["Access-Control-Allow-Origin"] == nil && other.head["Access-Control-Allow-Credentials"] == nil)
  }
}
