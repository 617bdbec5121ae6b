import Foundation
import HTTP
import TestSupport
import Testing

/// True if the running system accepts the plain types of these tests.
private let hasPlainTypes = (try? Stack.current?.setting("STOWAGE_UPLOAD_PLAIN_TYPES"))?.contains("text/plain") == true

/// Plain files on a running system with `STOWAGE_UPLOAD_PLAIN_TYPES`.
@Suite(.enabled(if: hasPlainTypes, "needs STOWAGE_UPLOAD_PLAIN_TYPES on the system of `script/server --exec`"))
struct PlainUploadTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  private func members(_ id: String) throws -> [String: Any] {
    let answer = try stack.send("GET", "/v1/files/\(id)", headers: [("Authorization", "Bearer \(stack.token)")])
    return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
  }

  private static let film: [UInt8] =
    [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8) + [UInt8](repeating: 0, count: 999)

  private static let files: [(name: String, claimed: String, type: String, bytes: [UInt8])] = [
    ("list.csv", "application/vnd.ms-excel", "text/csv", Array("a,b\n1,2\n".utf8)),
    ("files.zip", "application/x-zip-compressed", "application/zip", ZipBuilder([.init("a", "b")]).bytes),
    ("film.mp4", "video/mp4", "video/mp4", film), ("Übung", "text/plain; charset=utf-8", "text/plain", [0x61, 0x0A]),
  ]

  @Test(arguments: files.indices)
  func `a plain file is stored, and downloaded as an attachment only`(index: Int) throws {
    let (name, claimed, type, bytes) = Self.files[index]
    let ticket = try stack.ticket(name, type: claimed, size: bytes.count)
    #expect(ticket.put.headers["content-type"] == type)
    #expect(try stack.put(bytes, ticket).head.status == 200)
    let file = try stack.settled(ticket.fileId)
    #expect(file.state == "ready" && file.variants.isEmpty, "\(file.reason ?? "")")
    let record = try members(file.id)
    #expect(record["kind"] as? String == "plain" && record["contentType"] as? String == type)
    let download = try stack.download(file.id)
    #expect(download.head.status == 200 && download.body == bytes)
    #expect(download.head["Content-Disposition"]?.hasPrefix("attachment; ") == true)
    #expect(download.head["Content-Type"]?.hasPrefix(type) == true)
    if name == "Übung" { #expect(download.head["Content-Disposition"]?.contains("filename=\"_bung.txt\"") == true) }
    #expect(try stack.download(file.id, "?disposition=inline").head.status == 400)
    let headers = [(name: "Authorization", value: "Bearer \(stack.token)"), ("Content-Type", "application/json")]
    let inline = Array(#"{"disposition":"inline"}"#.utf8)
    #expect(try stack.send("POST", "/v1/files/\(file.id)/links", headers: headers, body: inline).head.status == 400)
    for (method, path) in [("DELETE", ""), ("POST", "/restore")] {
      let answer = try stack.send(method, "/v1/files/\(file.id)\(path)", headers: headers)
      #expect((200...204).contains(answer.head.status))
    }
    #expect(try stack.download(file.id).body == bytes)
  }

  @Test func `a bomb, malware in an archive, and a page called text are rejected`() throws {
    let folder = try ScratchFolder()
    let program = """
      import zipfile
      with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
          archive.writestr("a", bytes(64 << 20))
      """
    try folder.run("python3", ["-c", program])
    let bomb = try stack.upload(try folder.bytes("bomb.zip"), "bomb.zip", type: "application/zip")
    #expect(bomb.state == "rejected" && bomb.reason == "decompression_bomb")
    let signature = try #require(stack.environment["STOWAGE_TEST_SIGNATURE"])
    let infected = ZipBuilder([.init("a.txt", signature)]).bytes
    #expect(try stack.upload(infected, "a.zip", type: "application/zip").reason == "malware")
    let page = Array("<!DOCTYPE html><script>alert(1)</script>".utf8)
    #expect(try stack.upload(page, "a.txt", type: "text/plain").reason == "type_mismatch")
  }

  @Test func `a plain file whose name belongs to another type is refused at the claim`() throws {
    for (name, type) in [("a.exe", "text/plain"), ("a.html", "text/plain"), ("a.txt", "application/pdf")] {
      let answer = try stack.claim(#"{"filename":"\#(name)","size":1,"contentType":"\#(type)"}"#)
      #expect(try Stack.problem(answer).code == "type_not_allowed", "\(name)")
    }
  }
}
