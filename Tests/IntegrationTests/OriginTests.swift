import Foundation
import HTTP
import TestSupport
import Testing

/// The site as the origin of a CDN: whose word about the address of a client counts.
@Suite(.enabled(if: isRunning, howToRun)) struct OriginTests {
  /// The address of a client whose cookies may be bound to it.
  private static let client = "203.0.113.9"

  @Test func `with the secret and from the ranges, the address is the one that the CDN saw`() throws {
    let front = try EdgeFront()
    defer { front.stop() }
    for (forwarded, address) in [
      (Self.client, Self.client), ("198.51.100.1, \(Self.client)", Self.client),
      ("127.0.0.1, \(Self.client)", Self.client), ("\(Self.client), 127.0.0.1", Self.client),
      ("2001:db8::7", "2001:db8::7"), ("nonsense", "127.0.0.1"), ("\(Self.client), nonsense", "127.0.0.1"),
    ] {
      let answer = try front.client.get("/v1/files/x", from: forwarded)
      #expect(String(decoding: answer.body, as: UTF8.self) == address, "\(forwarded)")
    }
  }

  @Test(arguments: [
    [], [EdgeFront.secret.replacing("f", with: "e")], [EdgeFront.secret + "0"], [String(EdgeFront.secret.dropLast())],
    [""], ["1"], ["x", EdgeFront.secret],
  ])
  func `without the secret, a request is refused before any process sees it`(secrets: [String]) throws {
    let front = try EdgeFront()
    defer { front.stop() }
    for path in ["/v1/files/x", "/images/a/b", "/private/a/b", "/nothing", "/problem/403", "/authorize"] {
      let headers = [("X-Forwarded-For", Self.client)] + secrets.map { ("Stowage-Origin-Secret", $0) }
      let answer = try front.client.get(path, headers.map { (name: $0.0, value: $0.1) })
      // The path of a page of nginx itself is 404 for everybody.
      #expect(answer.head.status == (path == "/problem/403" ? 404 : 403), "\(path)")
      #expect(answer.head["Content-Type"] == "application/problem+json", "\(path)")
    }
    #expect(front.count == 0)
  }

  @Test func `from outside of the ranges, even the secret does not make a forged address count`() throws {
    let front = try EdgeFront()
    defer { front.stop() }
    let answer = try run(
      "curl",
      [
        "-s", "--noproxy", "*", "--max-time", "20", "--interface", "127.0.0.2", "-H", "X-Forwarded-For: \(Self.client)",
        "-H", "Stowage-Origin-Secret: \(EdgeFront.secret)", front.url + "/v1/files/x",
      ]
    )
    #expect(String(decoding: answer, as: UTF8.self) == "127.0.0.2")
  }

  @Test func `a server that is no origin believes no header`() throws {
    let front = try EdgeFront(isOrigin: false)
    defer { front.stop() }
    let answer = try front.client.get("/v1/files/x", from: Self.client)
    #expect(String(decoding: answer.body, as: UTF8.self) == "127.0.0.1")
  }
}

/// `nginx/cloudfront-ranges`, which writes the ranges of a CDN from AWS's list.
@Suite struct CloudFrontRangesTests {
  /// Runs the script; nil if it fails, which must print nothing.
  private func ranges(of list: String) throws -> [String]? {
    let folder = try ScratchFolder()
    try list.write(toFile: folder.file("list.json"), atomically: true, encoding: .utf8)
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../nginx/cloudfront-ranges")
    let shell = #""$1" < "$2" > "$3" 2> /dev/null || { [ ! -s "$3" ] && echo failed; }"#
    let result = try run("bash", ["-c", shell, "x", script.path, folder.file("list.json"), folder.file("out")])
    guard result.isEmpty else { return nil }
    let text = String(decoding: try folder.bytes("out"), as: UTF8.self)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
  }

  private func list(_ four: [String], _ six: [String] = [], service: String = "CLOUDFRONT_ORIGIN_FACING") -> String {
    let fours = four.map { #"{"ip_prefix":"\#($0)","region":"GLOBAL","service":"\#(service)"}"# }
    let sixes = six.map { #"{"ipv6_prefix":"\#($0)","region":"GLOBAL","service":"\#(service)"}"# }
    let other = #"{"ip_prefix":"3.5.140.0/22","region":"ap-northeast-2","service":"EC2"}"#
    return
      #"{"prefixes":[\#((fours + [other]).joined(separator: ","))],"ipv6_prefixes":[\#(sixes.joined(separator: ","))]}"#
  }

  private let many = (1...12).map { "198.51.\($0).0/24" }

  @Test func `the ranges of CloudFront's requests to origins are written, and no others`() throws {
    let found = try #require(try ranges(of: list(many, ["2600:9000:2000::/36"])))
    #expect(Set(found) == Set((many + ["2600:9000:2000::/36"]).map { "set_real_ip_from \($0);" }))
  }

  @Test(arguments: [
    ["0.0.0.0/0"], ["198.51.100.0/7"], ["198.51.100.0/24; real_ip_header X"], ["all"], ["198.51.100.1"],
    ["198.51.100.0/"],
  ])
  func `a list with a range that is too wide or malformed is refused as a whole`(wrong: [String]) throws {
    #expect(try ranges(of: list(many + wrong)) == nil)
  }

  @Test func `a list without these ranges, or that is no list, is refused`() throws {
    for text in [list(many, service: "CLOUDFRONT"), list([many[0]]), "{}", "", "[]", "<html>", list(many, ["::/0"])] {
      #expect(try ranges(of: text) == nil, "\(text.prefix(80))")
    }
  }
}
