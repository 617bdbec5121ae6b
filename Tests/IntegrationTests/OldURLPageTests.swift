import Foundation
import TestSupport
import Testing

/// A page of the application with images by their old URLs, in a browser, with the application's own login.
@Suite(.enabled(if: isRunning, howToRun)) struct OldURLPageTests {
  private struct Seen: Decodable {
    var width: Int
    var height: Int
    var console: [String]
  }

  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  /// The application: a login by a cookie, and a page that allows only images of the same origin.
  private func application(user: String, session: String) throws -> Nginx {
    try Nginx(server: { _ in
      """
      location = /session {
        if ($cookie_session != "\(session)") { return 401; }
        add_header Stowage-User "\(user)";
        return 204;
      }
      location = /page {
        default_type text/html;
        add_header Content-Security-Policy "default-src 'none'; img-src 'self'";
        return 200 '<title>Holiday</title><p>Holiday</p><img alt="beach" src="/uploads/\(user)/photos/beach%20&amp;%20sun+.jpg">';
      }
      """
    })
  }

  @Test func `an image of a page is shown to its owner, from the disk and from the bucket, and to nobody else`() throws
  {
    let old = try OldURLFront(stack)
    try old.write(Photo.jpeg(width: 300, height: 200), "photos/beach & sun+.jpg")
    let session = UUID().uuidString.lowercased()
    let application = try application(user: old.user, session: session)
    defer { application.stop() }
    let address = "http://127.0.0.1:\(application.port)"
    for place in ["disk", "bucket"] {
      let front = try OldURLFront.front(
        stack,
        place == "disk" ? ["STOWAGE_OLD_URLS_FOLDER": old.tree.path] : [:],
        login: address,
        site: "location = /page { proxy_pass \(address); }"
      )
      let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/old_urls.py").path
      var arguments = [script, front.url + "/page", "session=\(session)"]
      if let folder = stack.environment["STOWAGE_TEST_PICTURES"] { arguments.append("\(folder)/old-url-\(place).png") }
      let output = try run(#require(stack.environment["STOWAGE_PYTHON"]), arguments)
      let seen = try JSONDecoder().decode([Seen].self, from: output)
      try #require(seen.count == 2)
      #expect(seen[0].width == 0 && seen[0].console.contains { $0.contains("401") }, "\(place): \(seen[0])")
      #expect(seen[1].width == 300 && seen[1].height == 200 && seen[1].console.isEmpty, "\(place): \(seen[1])")
      guard place == "disk" else { break }
      try old.migrate()
      _ = try old.settled()
      try FileManager.default.removeItem(atPath: old.tree.path)
    }
  }
}
