import Foundation
import HTTP
import TestSupport
import Tokens

/// Users, their files and their cookies, on the running system.
struct GuardedImages {
  /// A user with a token.
  struct Person {
    let name: String
    let token: String
    var authorization: [(name: String, value: String)] { [("Authorization", "Bearer \(token)")] }
  }

  let stack: Stack
  private let forge: TokenForge
  private let admin: String

  init(_ stack: Stack) throws {
    self.stack = stack
    forge = try TokenForge(stack)
    guard let admin = stack.environment["STOWAGE_ADMIN_TOKEN"] else { throw Unexpected("no administrator's token") }
    self.admin = admin
  }

  /// Creates a user whose name needs encoding in a URL.
  func person(on plan: String = "standard") throws -> Person {
    let name = "guard-\(UUID().uuidString.lowercased())@example.com"
    let person = Person(name: name, token: try forge.token(subject: name, expiresAt: .now + 3600))
    try put(person, on: plan)
    return person
  }

  /// Sets a user's plan, as an administrator would.
  func put(_ person: Person, on plan: String) throws {
    let answer = try stack.send(
      "PATCH",
      "/v1/users/\(person.name)",
      headers: [("Authorization", "Bearer \(admin)"), ("Content-Type", "application/json")],
      body: Array(#"{"plan":"\#(plan)","create":true}"#.utf8)
    )
    guard answer.head.status == 200 else { throw Unexpected("plan: \(answer.head.status)") }
  }

  /// Uploads a file and returns the path of its thumbnail.
  func thumb(of person: Person, _ visibility: String) throws -> String {
    let photo = try Photo.jpeg(width: 400, height: 300)
    let ticket = try stack.ticket(size: photo.count, visibility: visibility, token: person.token)
    guard try stack.put(photo, ticket).head.status == 200 else { throw Unexpected("the upload failed") }
    let end = Date.now + 60
    while true {
      let file = try stack.file(ticket.fileId, token: person.token)
      if let thumb = file.variants.first(where: { $0.name == "thumb" }) {
        guard thumb.url.hasPrefix(stack.url + "/") else { throw Unexpected("\(thumb.url) is elsewhere") }
        return String(thumb.url.dropFirst(stack.url.count))
      }
      guard Date.now < end, file.state != "rejected" else { throw Unexpected("the file is \(file.state)") }
      usleep(50_000)
    }
  }

  /// Returns the user's `Set-Cookie` lines.
  func lines(of person: Person) throws -> [String] {
    let answer = try stack.send("POST", "/v1/cookies", headers: person.authorization)
    guard answer.head.status == 200 else { throw Unexpected("cookies: \(answer.head.status)") }
    return Self.lines(answer)
  }

  static func lines(_ answer: HTTPResponse) -> [String] {
    answer.head.headers.filter { $0.name.lowercased() == "set-cookie" }.map(\.value)
  }

  /// Returns the Cookie header that a browser with these lines would send to `path`.
  static func header(_ lines: [String], for path: String) -> [(name: String, value: String)] {
    let sent = lines.compactMap { line -> String? in
      let parts = line.components(separatedBy: "; ")
      guard let place = parts.first(where: { $0.hasPrefix("Path=") }), path.hasPrefix(place.dropFirst(5)),
        !parts.contains("Max-Age=0")
      else { return nil }
      return parts[0]
    }
    return [("Cookie", sent.joined(separator: "; "))]
  }

  /// Returns cookies signed with the system's key pair.
  func signed(_ policy: CookiePolicy?) throws -> [(name: String, value: String)] {
    let pem = try Data(contentsOf: stack.folder.appending(path: "cookie-key.pem"))
    let signer = try CookieSigner(keyPairID: "development", pem: pem)
    guard let policy, let cookies = signer.cookies(for: policy) else { throw Unexpected("no policy") }
    return [("Cookie", cookies.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "; "))]
  }
}
