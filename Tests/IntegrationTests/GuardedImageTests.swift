import Foundation
import HTTP
import TestSupport
import Testing
import Tokens

/// Private and premium images as browsers request them: through nginx with its cache, with cookies.
@Suite(.enabled(if: isRunning, howToRun), .serialized) struct GuardedImageTests {
  private let stack: Stack
  private let images: GuardedImages

  init() throws {
    stack = try #require(Stack.current)
    images = try GuardedImages(stack)
  }

  private func status(_ path: String, _ headers: [(name: String, value: String)] = []) throws -> Int {
    try stack.send("GET", path, headers: headers).head.status
  }

  /// Returns the response to a client without valid cookies, without the request ID.
  private func refusal(_ path: String, _ headers: [(name: String, value: String)] = []) throws -> String {
    let answer = try stack.send("GET", path, headers: headers)
    #expect(answer.head.status == 403 && answer.head["X-Cache"] == nil, "\(path)")
    #expect(try Stack.problem(answer).code == "cookies_needed")
    let text = String(decoding: answer.body, as: UTF8.self)
    return text.replacing(/"requestId":"[^"]*"/, with: "")
  }

  private func policy(
    _ resource: String,
    expires: Date = .now + 600,
    begins: Date? = nil,
    addresses: String? = nil
  ) throws -> CookiePolicy? {
    CookiePolicy(
      resource: stack.url + resource,
      expires: Int64(expires.timeIntervalSince1970),
      begins: begins.map { Int64($0.timeIntervalSince1970) },
      addresses: try addresses.map { try #require(AddressRange($0)) }
    )
  }

  @Test func `the owner sees a private image from the cache, and browsers revalidate each time`() throws {
    let owner = try images.person()
    let thumb = try images.thumb(of: owner, "private")
    let cookies = GuardedImages.header(try images.lines(of: owner), for: thumb)
    let first = try stack.send("GET", thumb, headers: cookies)
    #expect(first.head.status == 200 && first.head["X-Cache"] == "MISS" && first.body.count > 100)
    #expect(first.head["Cache-Control"] == "private, no-cache")
    #expect(first.head["Cross-Origin-Resource-Policy"] == "same-site")
    let second = try stack.send("GET", thumb, headers: cookies)
    #expect(second.head.status == 200 && second.head["X-Cache"] == "HIT" && second.body == first.body)
    let tag = [(name: "If-None-Match", value: try #require(first.head["ETag"]))]
    let third = try stack.send("GET", thumb, headers: cookies + tag)
    #expect(third.head.status == 304 && third.body.isEmpty)
    #expect(try status(thumb, tag) == 403, "nobody learns from a tag that there is one")
    let short = thumb.replacing(/\/[0-9a-f]{12}\//, with: "/")
    let moved = try stack.send("GET", short, headers: cookies)
    #expect(moved.head.status == 302 && moved.head["Location"]?.hasSuffix(thumb) == true)
    #expect(moved.head["Cache-Control"] == "private, no-cache")
  }

  @Test func `everybody else gets the same refusal, whether the image is cached, uncached or unknown`() throws {
    let owner = try images.person()
    let thumb = try images.thumb(of: owner, "private")
    let folder = "/private/\(owner.name)/"
    let lines = try images.lines(of: owner)
    let own = GuardedImages.header(lines, for: thumb)
    var words: Set<String> = []
    func expectRefused(_ headers: [(name: String, value: String)]) throws {
      words.insert(try refusal(thumb, headers))
      words.insert(try refusal(thumb.replacing("thumb", with: "medium"), headers))
      words.insert(try refusal("\(folder)\(UUID().uuidString.lowercased())/thumb.webp", headers))
    }
    try expectRefused([])
    for _ in 0..<2 { #expect(try status(thumb, own) == 200) }
    try expectRefused([])
    try expectRefused(owner.authorization)
    let stranger = try images.person(on: "premium")
    for name in ["private/\(stranger.name)", "premium"] {
      try expectRefused(GuardedImages.header(try images.lines(of: stranger), for: "/\(name)/"))
    }
    try expectRefused(try images.signed(policy(folder + "*", expires: .now - 1)))
    try expectRefused(try images.signed(policy(folder + "*", begins: .now + 500)))
    try expectRefused(try images.signed(policy(folder + "x/*")))
    try expectRefused(try images.signed(policy("/premium/*")))
    try expectRefused(try images.signed(policy(folder + "*", addresses: "192.0.2.0/24")))
    let sound = try #require(own.first?.value)
    for (from, to) in [
      ("CloudFront-Policy=e", "CloudFront-Policy=f"), ("CloudFront-Signature=M", "CloudFront-Signature=N"),
      ("=development", "=unknown"), ("=SHA256", "=SHA1"), ("CloudFront-", "cloudfront-"), ("CloudFront-Policy=", "X="),
    ] {
      #expect(sound.contains(from))
      try expectRefused([("Cookie", sound.replacing(from, with: to))])
    }
    try expectRefused([("Cookie", sound + "; " + sound)])
    try expectRefused([("Cookie", sound + "; CloudFront-Expires=9999999999")])
    #expect(words.count == 1)
    #expect(try stack.send("GET", thumb, headers: own).head["X-Cache"] == "HIT", "the owner still sees it")
  }

  @Test func `cookies bound to an address are valid from there`() throws {
    let owner = try images.person()
    let thumb = try images.thumb(of: owner, "private")
    // An address instead of a name, because a name may resolve to IPv4 or IPv6.
    let site = stack.url.replacing("localhost", with: "127.0.0.1")
    for (addresses, expected) in [("127.0.0.0/8", 200), ("127.0.0.1", 200), ("192.0.2.0/24", 403), ("::1", 403)] {
      let cookies = try images.signed(policy("/private/\(owner.name)/*", addresses: addresses))
      #expect(try status(site + thumb, cookies) == expected, "\(addresses)")
    }
  }

  @Test func `no spelling of a path leaves the folder that the cookies are for`() throws {
    let (one, other) = (try images.person(), try images.person())
    let thumb = try images.thumb(of: other, "private")
    let rest = thumb.dropFirst("/private/\(other.name)/".count)
    let (mine, theirs) = ("/private/\(one.name)", "/private/\(other.name)")
    let cookies = GuardedImages.header(try images.lines(of: one), for: mine + "/")
    let own = GuardedImages.header(try images.lines(of: other), for: thumb)
    for _ in 0..<2 { #expect(try status(thumb, own) == 200) }
    for path in [
      "\(mine)/%2e%2e/\(other.name)/\(rest)", "\(mine)/../\(other.name)/\(rest)", "\(mine)/..%2f\(other.name)/\(rest)",
      "\(mine)%2f..%2f\(other.name)%2f\(rest)", "\(mine)//../\(other.name)/\(rest)",
      "\(mine)/%252e%252e/\(other.name)/\(rest)",
      "\(mine)/.%2e/\(other.name)/\(rest)", "\(mine)/..;/\(other.name)/\(rest)", "\(mine)/..%5c\(other.name)/\(rest)",
      "//\(thumb)", "/private//\(other.name)/\(rest)", "/%70rivate/\(other.name)/\(rest)",
      "/Private/\(other.name)/\(rest)",
      "/PRIVATE/\(other.name)/\(rest)", "\(theirs)%00/\(rest)", "\(thumb)%00", "\(thumb)%0a", "\(thumb)%20",
      "\(thumb)/", "\(thumb)?",
      "\(thumb)?\(mine)/", "\(thumb)#\(mine)/", "/images/%2e%2e\(thumb)", "/x/..\(thumb)",
      "/premium/../private/\(other.name)/\(rest)",
      "\(mine)/\(rest)", "\(thumb)%ff", "/private", "/private/", "/authorize", "/authorize?\(thumb)", "/private/*",
      "\(mine)/*",
    ] {
      let answer = try stack.send("GET", path, headers: cookies)
      #expect([400, 403, 404].contains(answer.head.status), "\(path): \(answer.head.status)")
      #expect(answer.head["Content-Type"] == "application/problem+json", "\(path)")
    }
    #expect(try status("\(mine)/%2e%2e/\(other.name)/\(rest)", own) == 200, "judged as what it is")
  }

  @Test func `under another prefix there is no image, whatever the cookies`() throws {
    let owner = try images.person(on: "premium")
    let lines = try images.lines(of: owner)
    for (visibility, prefix) in [("private", "private"), ("premium", "premium"), ("public", "images")] {
      let thumb = try images.thumb(of: owner, visibility)
      for other in ["images", "premium", "private"] {
        let path = "/\(other)" + thumb.dropFirst(prefix.count + 1)
        let expected = other == prefix ? 200 : 404
        #expect(try status(path, GuardedImages.header(lines, for: path)) == expected, "\(visibility) at \(other)")
      }
    }
  }

  @Test func `a premium image is for its owner and premium plans; a downgrade changes the next cookies`() throws {
    let (owner, reader, payer) = (try images.person(), try images.person(), try images.person(on: "premium"))
    let thumb = try images.thumb(of: owner, "premium")
    func sees(_ person: GuardedImages.Person) throws -> Int {
      try status(thumb, GuardedImages.header(try images.lines(of: person), for: thumb))
    }
    #expect(try [sees(owner), sees(reader), sees(payer), status(thumb)] == [200, 403, 200, 403])
    let kept = GuardedImages.header(try images.lines(of: payer), for: thumb)
    try images.put(payer, on: "standard")
    #expect(try [status(thumb, kept), sees(payer)] == [200, 403], "the old cookies have their life left")
    try images.put(reader, on: "premium")
    #expect(try sees(reader) == 200)
  }
}
