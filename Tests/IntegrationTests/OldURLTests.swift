import Foundation
import HTTP
import TestSupport
import Testing

/// Old URLs of the application, before, during and after a migration.
@Suite(.enabled(if: isRunning, howToRun)) struct OldURLTests {
  private let stack: Stack
  private let stranger: String

  init() throws {
    stack = try #require(Stack.current)
    stranger = try TokenForge(stack).token(subject: "stranger", expiresAt: .now + 3600)
  }

  private static let names = [
    "photos/beach & sun+.jpg": "photos/beach%20&%20sun+.jpg", "50%25.txt": "50%2525.txt", "a%2e.txt": "a%252e.txt",
    "Ä/ü?#.bin": "%C3%84/%C3%BC%3F%23.bin",
  ]

  private func isNotFound(_ answer: HTTPResponse) throws -> Bool {
    try answer.head.status == 404 && Stack.problem(answer).code == "not_found"
  }

  /// The source of a response: `disk`, or nil for the bucket.
  private func source(_ old: OldURLFront, _ answer: HTTPResponse) throws -> String? {
    try old.front.line(of: answer)["from"] as? String
  }

  @Test func `the owner gets every file before, during and after, and a stranger none`() throws {
    let old = try OldURLFront(stack)
    let photo = try Photo.jpeg(width: 300, height: 200)
    for path in Self.names.keys { try old.write(path.hasSuffix("jpg") ? photo : Array(path.utf8), path) }
    func expectAll(_ when: String, from place: String?) throws {
      for (path, address) in Self.names {
        let answer = try old.ask(address + "?v=1")
        #expect(answer.head.status == 200, "\(when): \(path)")
        #expect(answer.body == (path.hasSuffix("jpg") ? photo : Array(path.utf8)), "\(when): \(path)")
        #expect(try source(old, answer) == place, "\(when): \(path)")
        #expect(answer.head["Content-Disposition"]?.hasPrefix(path.hasSuffix("jpg") ? "inline" : "attachment") == true)
        #expect(
          answer.head["Cache-Control"] == "private, no-cache" && answer.head["X-Content-Type-Options"] == "nosniff"
        )
        #expect(answer.head["Content-Security-Policy"]?.contains("sandbox") == true)
        #expect(try isNotFound(old.ask(address, token: stranger)), "\(when): \(path)")
        #expect(try old.front.send("GET", "/uploads/\(old.user)/\(address)").head.status == 401, "\(when): \(path)")
      }
    }
    try expectAll("before", from: "disk")
    #expect(try isNotFound(old.ask("nothing.txt")))
    try old.migrate()
    _ = try old.settled()
    try old.write(Array("new".utf8), "new.txt")
    try expectAll("during", from: nil)
    let fresh = try old.ask("new.txt")
    #expect(fresh.body == Array("new".utf8))
    #expect(try source(old, fresh) == "disk")
    try FileManager.default.removeItem(atPath: old.tree.path)
    try expectAll("without the disk", from: nil)
    let missing = try old.ask("new.txt")
    #expect(missing.head.status == 503)
    #expect(try #require(old.front.line(of: missing)["problem"] as? String).contains("STOWAGE_OLD_URLS_FOLDER"))
    try old.restart([:])
    try expectAll("after", from: nil)
    #expect(try isNotFound(old.ask("new.txt")))
  }

  @Test func `a changed file has its old content until the new one is checked, and any bytes are a path`() throws {
    let old = try OldURLFront(stack, fromDisk: false)
    let (first, second) = (Array("first".utf8), Array("second, and longer".utf8))
    try old.write(first, "note.txt")
    let folder = open(old.tree.file(old.user), O_RDONLY | O_DIRECTORY)
    defer { close(folder) }
    let name = [0x61, 0xFF, 0x0A, 0x2B].map { CChar(bitPattern: $0) } + [0]
    let file = openat(folder, name, O_WRONLY | O_CREAT, 0o644)
    #expect(write(file, first, first.count) == first.count && close(file) == 0)
    try old.migrate()
    _ = try old.settled()
    #expect(try old.ask("note.txt").body == first)
    #expect(try old.ask("a%FF%0A+").body == first)
    try old.write(second, "note.txt")
    try old.migrate("--delta")
    for _ in 0..<600 {
      let answer = try old.ask("note.txt")
      #expect(answer.head.status == 200 && [first, second].contains(answer.body), "there is no gap")
      if answer.body == second { break }
      usleep(50_000)
    }
    #expect(try old.ask("note.txt").body == second)
  }

  @Test func `what is not checked comes from the disk, and what is refused or deleted from nowhere`() throws {
    let old = try OldURLFront(stack)
    try old.write(Array("later".utf8), "later.txt")
    try old.migrate("--process", "never")
    let later = try old.ask("later.txt")
    #expect(later.body == Array("later".utf8))
    #expect(try source(old, later) == "disk")
    try old.write(Array(#require(stack.environment["STOWAGE_TEST_SIGNATURE"]).utf8), "bad.txt")
    try old.write(Array("gone".utf8), "gone.txt")
    #expect(try old.ask("bad.txt").head.status == 200, "nobody has scanned it yet")
    try old.migrate()
    struct Page: Decodable { var files: [Stack.File] }
    let headers = [(name: "Authorization", value: "Bearer \(old.token)")]
    func checked() throws -> [Stack.File] {
      let page = try stack.send("GET", "/v1/files?state=ready,quarantined", headers: headers)
      let decoded: Page = try Stack.decode(page, status: 200)
      return decoded.files
    }
    let end = Date.now + 60
    while try !Set(checked().map(\.filename)).isSuperset(of: ["bad.txt", "gone.txt"]), Date.now < end {
      usleep(100_000)
    }
    let gone = try #require(checked().first { $0.filename == "gone.txt" })
    #expect(try stack.send("DELETE", "/v1/files/\(gone.id)", headers: headers).head.status == 204)
    for name in ["bad.txt", "gone.txt"] {
      #expect(FileManager.default.fileExists(atPath: old.tree.file("\(old.user)/\(name)")))
      #expect(try isNotFound(old.ask(name)), "\(name)")
    }
    try old.restart([:])
    for name in ["bad.txt", "gone.txt"] { #expect(try isNotFound(old.ask(name)), "\(name)") }
  }

  @Test func `ranges, conditions and HEAD work for files of the disk and of the bucket`() throws {
    let old = try OldURLFront(stack)
    let film = Array("\0\0\0\u{18}ftypisom".utf8) + (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 8) }
    try old.write(film, "film.mp4")
    for place in ["disk", "bucket"] {
      let whole = try old.ask("film.mp4")
      #expect(whole.head.status == 200 && whole.body == film, "\(place)")
      #expect(whole.head["Content-Type"] == "video/mp4", "\(place)")
      #expect(whole.head["Content-Disposition"] == #"attachment; filename="film.mp4""#, "\(place)")
      let head = try old.ask("film.mp4", "HEAD")
      #expect(
        head.head.status == 200 && head.body.isEmpty && head.head["Content-Length"] == "\(film.count)",
        "\(place)"
      )
      for (range, bytes) in [
        ("bytes=0-1", film[0...1]), ("bytes=899990-", film[899_990...]), ("bytes=-5", film.suffix(5)),
      ] {
        let part = try old.ask("film.mp4", "GET", [("Range", range)])
        #expect(part.head.status == 206 && part.body == Array(bytes), "\(place) \(range)")
      }
      let beyond = try old.ask("film.mp4", "GET", [("Range", "bytes=900012-")])
      #expect(try beyond.head.status == 416 && Stack.problem(beyond).code == "invalid_range", "\(place)")
      let tag = try #require(whole.head["ETag"], "\(place)")
      #expect(try old.ask("film.mp4", "GET", [("If-None-Match", tag)]).head.status == 304, "\(place)")
      #expect(try isNotFound(old.ask("film.mp4", token: stranger, [("If-None-Match", tag)])), "\(place)")
      let changed = try old.ask("film.mp4", "GET", [("Range", "bytes=0-1"), ("If-Range", "\"other\"")])
      #expect(changed.head.status == 200 && changed.body.count == film.count, "\(place)")
      guard place == "disk" else { break }
      try old.migrate()
      _ = try old.settled()
    }
  }

  @Test func `no path leads out of the owner's folder, and only regular files are sent`() throws {
    let old = try OldURLFront(stack)
    let secret = Array("secret of another user".utf8)
    try old.write(Array("mine".utf8), "mine.txt")
    try old.write(Array("literal".utf8), "%2e%2e%2fx")
    try FileManager.default.createDirectory(atPath: old.tree.file("bob"), withIntermediateDirectories: false)
    try old.tree.write(secret, to: "bob/secret")
    try old.tree.write(secret, to: "top")
    let own = old.tree.file(old.user)
    symlink(old.tree.file("bob/secret"), own + "/link")
    symlink("../bob", own + "/way")
    symlink("/etc/passwd", own + "/passwd")
    mkfifo(own + "/pipe", 0o666)
    let (user, token) = (old.user, [(name: "Authorization", value: "Bearer \(old.token)")])
    let refused = [
      "/uploads/\(user)/link", "/uploads/\(user)/way/secret", "/uploads/\(user)/passwd", "/uploads/\(user)/pipe",
      "/uploads/\(user)/", "/uploads/\(user)", "/uploads/", "/uploads/top", "/uploads/bob/secret",
      "/uploads/\(user)/../bob/secret", "/uploads/\(user)/%2e%2e/bob/secret", "/uploads/\(user)/..%2fbob%2fsecret",
      "/uploads/\(user)/%2e%2e%2fbob%2fsecret", "/uploads/\(user)/%252e%252e/bob/secret",
      "/uploads/\(user)/%252e%252e%252fbob%252fsecret", "/uploads/\(user)/.%2e/top", "/uploads/\(user)/x/../../top",
      "/uploads/\(user)/way%2fsecret", "/uploads/\(user)/..;/bob/secret", "/uploads/\(user)/..%5cbob%5csecret",
      "/uploads/\(user)/mine.txt/", "/uploads/\(user)/mine.txt/x", "/internal/old/bob/secret", "/uploads/%2fetc/passwd",
      "/uploads/../internal/old/bob/secret", "/uploads/\(user)/%ff%fe",
      "/uploads/\(user)/" + String(repeating: "n", count: 300),
    ]
    for path in refused {
      let answer = try old.front.send("GET", path, token)
      #expect(answer.head.status == 404, "\(path)")
      #expect(!String(decoding: answer.body, as: UTF8.self).contains("secret of"), "\(path)")
    }
    for path in [
      "/uploads/../../etc/passwd", "/uploads/\(user)/%00", "/uploads/\(user)/mine.txt%00.jpg", "/uploads/%zz",
    ] {
      #expect(try old.front.send("GET", path, token).head.status == 400, "\(path)")
    }
    for path in ["\(user)/mine.txt", "\(user)//mine.txt", "\(user)%2fmine.txt", "bob/../\(user)/./mine.txt"] {
      #expect(try old.front.send("GET", "/uploads/" + path, token).body == Array("mine".utf8), "\(path)")
    }
    #expect(try old.ask("%252e%252e%252fx").body == Array("literal".utf8), "a path is decoded once")
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
      let answer = try old.ask("mine.txt", method)
      #expect(try answer.head.status == 405 && Stack.problem(answer).code == "method_not_allowed", "\(method)")
    }
  }

  @Test func `only bytes of an image are shown, whatever the name says`() throws {
    let old = try OldURLFront(stack)
    let cases: [(name: String, bytes: String, type: String, kind: String)] = [
      ("a.html", "<script>alert(1)</script>", "application/octet-stream", "attachment"),
      (
        "a.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "application/octet-stream", "attachment"
      ),
      ("a.png", "<html><script>alert(1)</script>", "application/octet-stream", "attachment"),
      ("a.js", "GIF89a=1;/*", "image/gif", "inline"), ("a.gif", "GIF87a", "image/gif", "inline"),
    ]
    for one in cases { try old.write(Array(one.bytes.utf8), one.name) }
    for one in cases {
      let answer = try old.ask(one.name)
      func values(_ name: String) -> [String] {
        answer.head.headers.filter { $0.name.lowercased() == name }.map(\.value)
      }
      #expect(answer.head.status == 200 && answer.body == Array(one.bytes.utf8), "\(one.name)")
      #expect(values("content-type") == [one.type], "\(one.name)")
      #expect(values("content-disposition").first?.hasPrefix(one.kind + ";") == true, "\(one.name)")
      #expect(values("content-security-policy") == ["default-src 'none'; sandbox; frame-ancestors 'none'"])
      #expect(
        values("x-content-type-options") == ["nosniff"] && values("cross-origin-resource-policy") == ["same-site"]
      )
      #expect(values("x-stowage-folder").isEmpty && values("x-accel-redirect").isEmpty)
    }
  }

  @Test func `others get the images of public files without metadata, with and without a login`() throws {
    let old = try OldURLFront(stack)
    try old.write(Photo.jpeg(width: 300, height: 200), "face.jpg")
    try old.write(Array("text".utf8), "note.txt")
    try old.migrate("--visibility", "public")
    let files = try old.settled()
    let original = try #require(files["face.jpg"]?.variants.first { $0.name == "original" })
    let answers = [
      try old.ask("face.jpg", token: stranger), try old.front.send("GET", "/uploads/\(old.user)/face.jpg"),
    ]
    for answer in answers { #expect(answer.head.status == 302 && answer.head["Location"] == original.url) }
    #expect(try stack.send("GET", original.url).head.status == 200)
    #expect(try isNotFound(old.ask("note.txt", token: stranger)))
    #expect(try old.front.send("GET", "/uploads/\(old.user)/note.txt").head.status == 401)
  }

  @Test func `a cookie carries the token, and a redirect leads to the store if a setting says so`() throws {
    let old = try OldURLFront(stack, fromDisk: false)
    try old.write(Array("text".utf8), "note.txt")
    try old.migrate()
    _ = try old.settled()
    try old.restart(["STOWAGE_TOKEN_COOKIE": "session", "STOWAGE_OLD_URLS_DOWNLOADS": "redirect"])
    let path = "/uploads/\(old.user)/note.txt"
    let foreign = [(name: "Sec-Fetch-Site", value: "cross-site")]
    let moved = try old.front.send("GET", path, [("Cookie", "session=\(old.token)")] + foreign)
    #expect(moved.head.status == 302 && moved.head["Cache-Control"] == "no-store")
    let bytes = try stack.send("GET", #require(moved.head["Location"]))
    #expect(bytes.body == Array("text".utf8) && bytes.head["Cache-Control"] == "private, no-cache")
    #expect(try old.front.send("HEAD", path, [("Cookie", "session=\(old.token)")]).head["Content-Length"] == "4")
    for cookie in ["session=\(stranger)", "session=x", "a=b", "session=\(old.token); session=\(old.token)"] {
      let status = try old.front.send("GET", path, [("Cookie", cookie)]).head.status
      #expect(status == (cookie.hasSuffix(stranger) ? 404 : 401), "\(cookie.prefix(12))")
    }
  }

  @Test func `the site has the route, and serves nobody else's path`() throws {
    let token = [(name: "Authorization", value: "Bearer \(stack.token)")]
    #expect(try isNotFound(stack.send("GET", "/uploads/demo/nothing.jpg", headers: token)))
    #expect(try stack.send("GET", "/uploads/demo/nothing.jpg").head.status == 401)
    #expect(try stack.send("POST", "/uploads/demo/nothing.jpg", headers: token, body: []).head.status == 405)
  }
}
