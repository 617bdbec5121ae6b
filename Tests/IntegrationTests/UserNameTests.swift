import Core
import Foundation
import HTTP
import S3
import Storage
import TestSupport
import Testing

/// Users whom identity providers name with characters that keys and URLs escape, from the upload to the erasure.
@Suite(.enabled(if: isRunning, howToRun)) struct UserNameTests {
  private struct User: Decodable { var id: String }
  private struct Page: Decodable {
    var users: [User]
    var next: String?
  }
  private struct Given: Decodable { var paths: [String] }
  private struct List: Decodable { var files: [Stack.File] }
  private struct Report: Decodable {
    struct Remains: Decodable { var rawVersions, processedVersions, multipartUploads: Int }
    var after: Remains?
  }

  private let stack: Stack
  private let images: GuardedImages
  private let bucket: BucketView

  init() throws {
    stack = try #require(Stack.current)
    images = try GuardedImages(stack)
    bucket = try BucketView(stack)
  }

  /// Uploads a private photo of the user, and returns its record and the key of its upload.
  private func upload(_ token: String, written: String) throws -> (file: Stack.File, key: String) {
    let photo = try Photo.jpeg(width: 300, height: 200)
    let ticket = try stack.ticket(size: photo.count, visibility: "private", token: token)
    #expect(ticket.put.headers["x-amz-meta-uploader-id"] == written)
    let key = "\(written)/\(ticket.fileId)/original.jpg"
    #expect(URLComponents(string: ticket.put.url)?.path.hasSuffix("/uploads-raw/\(key)") == true, "\(ticket.put.url)")
    #expect(ticket.put.url.contains("/\(written.replacing("@", with: "%40"))/"), "\(ticket.put.url)")
    try #require(try stack.put(photo, ticket).head.status == 200)
    let end = Date.now + 60
    while true {
      let file = try stack.file(ticket.fileId, token: token)
      if file.variants.contains(where: { $0.name == "thumb" }) { return (file, key) }
      guard Date.now < end, file.state != "rejected" else { throw Unexpected("the file is \(file.state)") }
      usleep(50_000)
    }
  }

  private func path(_ file: Stack.File) throws -> String {
    let thumb = try #require(file.variants.first { $0.name == "thumb" })
    return String(thumb.url.dropFirst(stack.url.count))
  }

  private func keys(_ written: String) throws -> [String] {
    try [("uploads-raw", ""), ("uploads-processed", "images/"), ("uploads-processed", "~guarded/")].flatMap {
      try bucket.store.listVersions($0, prefix: "\($1)\(written)/", after: nil, limit: 100).items.map(\.key)
    }
  }

  @Test(
    arguments: [
      ("auth0|64b7f0a1c2", "auth0~7C64b7f0a1c2"), ("google-oauth2|1", "google-oauth2~7C1"),
      ("eu-west-1:6f2b-11", "eu-west-1~3A6f2b-11"), ("a+b@example.com", "a~2Bb@example.com"),
      ("urn:x:y", "urn~3Ax~3Ay"),
      ("~", "~7E"), ("a/b", "a~2Fb"), ("a~2Fb", "a~7E2Fb"), ("*", "~2A"), ("%2F", "~252F"), ("..~", "..~7E"),
      ("../..", "..~2F.."), ("!\"#$%&'()*+,/:;<=>?[\\]^`{|}~", nil),
    ] as [(String, String?)]
  )
  func `a user of any name uploads, sees images by cookies, is listed and erased, and no other user is touched`(
    name: String,
    expected: String?
  ) throws {
    let written = try #require(UserID(name)).written
    #expect(written == expected ?? written)
    let token = try TokenForge(stack).token(subject: name, expiresAt: .now + 3600)
    let authorization = [(name: "Authorization", value: "Bearer \(token)")]
    let (file, key) = try upload(token, written: written)
    #expect(try keys(written).contains(key))

    // Cookies show the private image to its owner alone.
    let thumb = try path(file)
    #expect(thumb.hasPrefix("/private/\(written)/\(file.id)/"))
    let answer = try stack.send("POST", "/v1/cookies", headers: authorization)
    #expect(try (Stack.decode(answer, status: 200) as Given).paths == ["/private/\(written)/", "/premium/\(written)/"])
    let own = GuardedImages.header(GuardedImages.lines(answer), for: thumb)
    func status(_ path: String, _ headers: [(name: String, value: String)]) throws -> Int {
      try stack.send("GET", path, headers: headers).head.status
    }
    for _ in 0..<2 { #expect(try status(thumb, own) == 200) }
    #expect(try status(thumb.replacing("~", with: "%7E"), own) == 200)
    #expect(try status(thumb, []) == 403)
    let neighbour = try images.person()
    let foreign = GuardedImages.header(try images.lines(of: neighbour), for: "/private/\(neighbour.name)/")
    #expect(try status(thumb, foreign) == 403)
    let other = try images.thumb(of: neighbour, "private")
    #expect(try status(other, own) == 403, "\(name) matches no other user")
    // Other spellings of the same user.
    let escapes = thumb.replacing(/~[0-9A-F]{2}/) { $0.output.lowercased() }
    if escapes != thumb { #expect(try status(escapes, own) == 403) }
    if written.contains("~") {
      #expect(try status(thumb.replacing("~", with: "%257E"), own) == 403)
      // nginx itself refuses a path that leads above the root.
      let decoded = thumb.replacing(/~[0-9A-F]{2}/) { "%\($0.output.dropFirst())" }
      #expect(try [400, 403, 404].contains(status(decoded, own)))
    }

    // The public image is removed from the cache with its file.
    let json = [(name: "Content-Type", value: "application/json")]
    let change = Array(#"{"visibility":"public"}"#.utf8)
    let changed = try stack.send("PATCH", "/v1/files/\(file.id)", headers: authorization + json, body: change)
    let shown = try path(Stack.decode(changed, status: 200) as Stack.File)
    #expect(shown.hasPrefix("/images/\(written)/"))
    for _ in 0..<2 { #expect(try status(shown, []) == 200) }
    #expect(try status(thumb, own) == 404)
    let listed: List = try Stack.decode(stack.send("GET", "/v1/files", headers: authorization), status: 200)
    #expect(listed.files.map(\.id) == [file.id])
    #expect(try stack.download(file.id, token: token).head.status == 200)
    #expect(try stack.send("DELETE", "/v1/files/\(file.id)", headers: authorization).head.status == 204)
    #expect(try status(shown, []) == 404)

    // Administrators read the user by the written form, and list users by the plain one.
    let admin = try #require(stack.environment["STOWAGE_ADMIN_TOKEN"])
    func user(_ component: String) throws -> HTTPResponse {
      try stack.send("GET", "/v1/users/\(component)", headers: [("Authorization", "Bearer \(admin)")])
    }
    #expect(try (Stack.decode(user(written), status: 200) as User).id == name)
    if !name.contains("/"), !name.contains("~") {
      let encoded = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
      #expect(try (Stack.decode(user(encoded), status: 200) as User).id == name)
    }
    // Users are sorted by their plain identifiers: "!" is the first printable character.
    let before = String(name.dropLast()) + "!"
    let query = try #require(before.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    let page: Page = try Stack.decode(
      stack.send("GET", "/v1/users?limit=1000&after=\(query)", headers: [("Authorization", "Bearer \(admin)")]),
      status: 200
    )
    #expect(name == before || page.users.contains { $0.id == name })
    let record = try run("stowage", ["users", "show", "--json", "--", name])
    #expect(try JSONDecoder().decode(User.self, from: record).id == name)

    // The erasure takes the user's objects, and none of another user.
    let stray = "\(written)/old/report.doc"
    let kept = "\(written)~7E/old/report.doc"
    for key in [stray, kept] { _ = try bucket.store.put(.bytes([1]), to: key, in: "uploads-raw") }
    defer { try? bucket.store.delete(kept, in: "uploads-raw") }
    // The rows stay until the upload URL ends.
    let (early, report) = try erase(name)
    #expect(early == 75)
    #expect(report.after?.rawVersions == 0 && report.after?.processedVersions == 0)
    #expect(try keys(written).isEmpty)
    #expect(try bucket.store.list("uploads-raw", prefix: kept, after: nil, limit: 10).items.map(\.key) == [kept])
    #expect(
      try stack.send("GET", other, headers: GuardedImages.header(images.lines(of: neighbour), for: other)).head.status
        == 200
    )

    // Later nothing is left. The user can return to processes that have served them, and is erased again.
    let rows = try DatabaseRows(stack)
    try rows.expireAll(of: name, ago: 8000)
    #expect(try erase(name).status == 0 && rows.rowCounts(of: name) == [0, 0, 0, 0, 0, 0])
    #expect(try stack.ticket(size: 1000, token: token).put.url.contains("/uploads-raw/"))
    try rows.expireAll(of: name, ago: 8000)
    #expect(try erase(name).status == 0)
  }

  private func erase(_ name: String) throws -> (status: Int32, report: Report) {
    let folder = try ScratchFolder()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["stowage", "users", "erase", "--yes", "--json", "--", name]
    let output = try folder.write([], to: "out")
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(filePath: output)))
    return (process.terminationStatus, report)
  }

  @Test(arguments: ["ada lovelace", "ädа", "a\tb", ".", ".."])
  func `a name with other characters stays refused`(name: String) throws {
    let token = try TokenForge(stack).token(subject: name, expiresAt: .now + 3600)
    let answer = try stack.send("GET", "/v1/usage", headers: [("Authorization", "Bearer \(token)")])
    #expect(answer.head.status == 401)
  }

  @Test func `the scheme of a token has no case, and any number of spaces follow it, on the API and for events`() throws
  {
    let events = try #require(stack.environment["STOWAGE_EVENTS_TOKEN"])
    for scheme in ["Bearer ", "bearer ", "BEARER   "] {
      let usage = try stack.send("GET", "/v1/usage", headers: [("Authorization", scheme + stack.token)])
      #expect(usage.head.status == 200, "\(scheme)")
      let address = stack.eventsURL.replacing("/seaweedfs", with: "/s3")
      let event = try stack.send(
        "POST",
        address,
        headers: [("Authorization", scheme + events), ("Content-Type", "application/json")],
        body: Array(#"{"Records":[]}"#.utf8)
      )
      #expect(event.head.status == 200, "\(scheme)")
    }
  }

  @Test(arguments: ["gzip", "br", "x-gzip, identity"])
  func `an encoded body is refused through nginx, and the encoding is named`(encoding: String) throws {
    for path in ["/v1/uploads", "/v1/files/delete", "/uppy/s3/multipart"] {
      let answer = try stack.send(
        "POST",
        path,
        headers: [
          ("Authorization", "Bearer \(stack.token)"), ("Content-Type", "application/json"),
          ("Content-Encoding", encoding),
        ],
        body: [0x1F, 0x8B, 8, 0, 0]
      )
      #expect(answer.head.status == 415 && answer.head["Accept-Encoding"] == "identity", "\(path)")
      let problem = try Stack.problem(answer)
      #expect(problem.code == "encoding_not_allowed" && problem.detail?.contains(encoding) == true, "\(path)")
    }
  }
}
