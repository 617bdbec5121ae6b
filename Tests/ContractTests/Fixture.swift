import Foundation
import HTTP
import TestSupport

/// The users, files and cookies that exist before the requests, in the form that `openapi/hooks.py` reads.
struct Fixture {
  private let stack: Stack

  init(_ stack: Stack) { self.stack = stack }

  private struct Link: Decodable {
    var id: String
    var url: String
  }

  private func ask(_ method: String, _ path: String, json: String? = nil, status: Int) throws -> HTTPResponse {
    let headers = [("Authorization", "Bearer \(stack.token)"), ("Content-Type", "application/json")]
    let answer = try stack.send(method, path, headers: headers, body: json.map { Array($0.utf8) })
    guard answer.head.status == status else { throw Unexpected("\(method) \(path): \(answer.head.status)") }
    return answer
  }

  private func link(to file: String) throws -> Link {
    try Stack.decode(ask("POST", "/v1/files/\(file)/links", json: "{}", status: 201), status: 201)
  }

  /// Uploads a photo, and waits until it is checked and rendered.
  private func image(_ visibility: String) throws -> Stack.File {
    let bytes = try Photo.jpeg(width: 300, height: 200)
    let ticket = try stack.ticket(size: bytes.count, visibility: visibility)
    guard try stack.put(bytes, ticket).head.status == 200 else { throw Unexpected("PUT was refused") }
    return try stack.settled(ticket.fileId)
  }

  /// Returns the cookies for each path prefix, as a browser would send them.
  private func cookies() throws -> [String: String] {
    let answer = try ask("POST", "/v1/cookies", status: 200)
    let lines = answer.head.headers.filter { $0.name.lowercased() == "set-cookie" && !$0.value.contains("Max-Age=0") }
    return ["/private", "/premium"].reduce(into: [:]) { cookies, prefix in
      let own = lines.filter { $0.value.contains("; Path=\(prefix)/") }
      cookies[prefix] = own.compactMap { $0.value.split(separator: ";").first.map(String.init) }.joined(separator: "; ")
    }
  }

  func parameters() throws -> [String: Any] {
    let photo = try stack.upload(Photo.jpeg(width: 300, height: 200))
    let document = try stack.upload(Document.pdf(), "a.pdf", type: "application/pdf")
    let refused = try stack.upload(Document.pdf(), "a.jpg")
    guard [photo.state, document.state, refused.state] == ["ready", "ready", "rejected"] else {
      throw Unexpected("\(photo.state), \(document.state), \(refused.state)")
    }
    let bytes = Document.pdf(comment: String(repeating: "0123456789abcdef", count: 11 << 16))
    let parts = try stack.putParts(bytes, "a.pdf", type: "application/pdf", numbers: [1], token: stack.token)
    let victims = try (0..<20).map { _ in try stack.ticket(size: 1000).fileId } + [parts.fileId]
    let links = try (0..<2).map { _ in try link(to: document.id) }
    for victim in victims.prefix(5) { _ = try ask("DELETE", "/v1/files/\(victim)", status: 204) }
    return [
      "files": [photo.id, document.id, refused.id, parts.fileId, victims[0]], "victims": victims + [document.id],
      "userId": ["contract", "nobody"],
      "secret": links.compactMap { $0.url.split(separator: "/").last.map(String.init) },
      "linkId": [try link(to: document.id).id],
      "images": try ["public", "private", "premium"].reduce(into: [String: Any]()) { images, visibility in
        let photo = try image(visibility)
        let prefix = visibility == "public" ? "/images" : "/" + visibility
        images[prefix] = photo.variants.map { variant in
          let parts = variant.url.split(separator: "/")
          return [
            "userId": "demo", "fileId": photo.id, "v": String(parts[parts.count - 2]),
            "image": String(parts[parts.count - 1]),
          ]
        }
      },
      "cookies": try cookies(),
      "token": stack.token,
      "admin": try TokenForge(stack).token(subject: "administrator", role: "admin", expiresAt: .now + 3600),
      "service": try TokenForge(stack).token(subject: "application", role: "service", expiresAt: .now + 3600),
    ]
  }
}
