import Foundation
import TestSupport
import Testing

/// `stowage files`, on the running system.
@Suite(.enabled(if: isRunning, howToRun)) struct FileCommandTests {
  private struct Listed: Decodable {
    var id: String
    var user: String
    var state: String
    var reason: String?
    var sha256: String?
  }

  private let stack: Stack
  private let folder: ScratchFolder
  private let user = "files-\(UUID().uuidString.lowercased())"
  private let token: String

  init() throws {
    stack = try #require(Stack.current)
    folder = try ScratchFolder()
    token = try TokenForge(stack).token(subject: user, expiresAt: .now + 3600)
  }

  private func stowage(_ arguments: String...) throws -> String {
    String(decoding: try run("stowage", ["files"] + arguments), as: UTF8.self)
  }

  private func refusal(_ arguments: String...) -> String {
    #expect(throws: Unexpected.self) { try run("stowage", ["files"] + arguments) }?.description ?? ""
  }

  private func upload(_ bytes: [UInt8], _ name: String = "photo.jpg") throws -> Stack.File {
    try stack.upload(bytes, name, type: name.hasSuffix("pdf") ? "application/pdf" : "image/jpeg", token: token)
  }

  @Test func `files are listed for people and for programs, with the reason of a rejection`() throws {
    let photo = try upload(Photo.jpeg(width: 200, height: 100))
    let broken = try upload(Array("no image at all".utf8), "broken.jpg")
    let lines = try stowage("list", "--user", user).split(separator: "\n")
    #expect(lines.count == 5 && lines[0].hasPrefix("FILE") && lines[4] == "2 files.", "\(lines)")
    #expect(lines[1].hasPrefix(broken.id) && lines[1].contains(" rejected  ") && lines[1].hasSuffix("  broken.jpg"))
    #expect(lines[2].hasSuffix(" type_mismatch") && lines[3].hasPrefix(photo.id) && lines[3].contains(" ready  "))
    let json = try stowage("list", "--user", user, "--state", "rejected", "--json").split(separator: "\n")
    let listed = try json.map { try JSONDecoder().decode(Listed.self, from: Data($0.utf8)) }
    #expect(listed.map(\.id) == [broken.id] && listed.map(\.user) == [user] && listed[0].reason == "type_mismatch")
    let first = try stowage("list", "--limit", "1")
    #expect(first.contains("OWNER") && first.contains("More files follow; --after "), "\(first)")
    #expect(try stowage("list", "--user", user, "--after", broken.id).contains(photo.id))
    let shown = try stowage("show", photo.id)
    for part in [user, "photo.jpg", "image/jpeg", "ready", photo.variants[0].url] { #expect(shown.contains(part)) }
  }

  @Test func `a file is deleted, restored and deleted for good, and only if it is the named user's`() throws {
    let file = try upload(Document.pdf(comment: user), "a.pdf")
    for command in ["show", "delete", "restore", "download"] {
      #expect(refusal(command, file.id, "--user", "somebody-else").hasPrefix("stowage: 1"), "\(command)")
    }
    #expect(try stack.file(file.id, token: token).state == "ready")
    #expect(try stowage("delete", file.id, "--user", user) == "\(file.id)  deleted\n")
    #expect(try stack.file(file.id, token: token).state == "deleted")
    #expect(
      try stowage("restore", "https://example.com/images/\(user)/\(file.id)/thumb.webp") == "\(file.id)  restored\n"
    )
    #expect(try stowage("restore", file.id).contains("nothing to restore"))
    #expect(refusal("delete", file.id, "--permanent").contains("say --yes"))
    #expect(try stack.file(file.id, token: token).state == "ready")
    #expect(try stowage("delete", file.id, "--permanent", "--yes").contains("for good"))
    #expect(refusal("restore", file.id).hasPrefix("stowage: 1"))
  }

  @Test func `a download is the checked bytes, and replaces no file`() throws {
    let bytes = Document.pdf(comment: user)
    let file = try upload(bytes, "a.pdf")
    let path = folder.file("out.pdf")
    #expect(try stowage("download", file.id, "--output", path).hasPrefix("\(path): "))
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(bytes))
    #expect(refusal("download", file.id, "--output", path).contains("exists"))
    #expect(try run("stowage", ["files", "download", file.id, "--output", "-"]) == Data(bytes))
    let broken = try upload(Array("no image at all".utf8), "broken.jpg")
    #expect(refusal("download", broken.id, "--output", "-").contains("It is rejected"))
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left == ["out.pdf"])
  }

  @Test func `wrong usage is refused, and every command has help with an example`() throws {
    for usage in [
      ["list", "--state", "lost"], ["list", "--limit", "0"], ["list", "--type", "JPEG"], ["show"],
      ["show", "nonsense"],
      ["delete"], ["restore", "x"], ["download"], ["release"],
    ] {
      let error = #expect(throws: Unexpected.self) { try run("stowage", ["files"] + usage) }
      #expect(error?.description.hasPrefix("stowage: 64") == true, "\(usage)")
    }
    for command in [[], ["list"], ["show"], ["delete"], ["restore"], ["download"], ["release"]] {
      let help = String(decoding: try run("stowage", ["files"] + command + ["--help"]), as: UTF8.self)
      #expect(help.contains("Examples:") && help.contains("  stowage files "))
    }
  }
}
