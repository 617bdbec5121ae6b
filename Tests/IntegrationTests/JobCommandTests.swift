import Foundation
import HTTP
import Storage
import TestSupport
import Testing

/// `stowage jobs` and `stowage sweep`, run as an administrator would, on a busy system.
@Suite(.enabled(if: isRunning, howToRun)) struct JobCommandTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  private func stowage(_ arguments: String..., environment: [String: String]? = nil) throws -> String {
    String(decoding: try run("stowage", arguments, environment: environment), as: UTF8.self)
  }

  private func refusal(_ arguments: String...) -> String {
    #expect(throws: Unexpected.self) { try run("stowage", arguments) }?.description ?? ""
  }

  private func ready() throws -> String {
    let file = try stack.upload(try Photo.jpeg(width: 200, height: 100))
    #expect(file.state == "ready")
    return file.id
  }

  @Test func `a ready file is explained with its versions and variants, by its ID, its key or its URL`() throws {
    let file = try ready()
    let version = try #require(try BucketView(stack).versions(of: file).first)
    // An event during the processing makes the job run once more.
    for _ in 0..<200 where try !stowage("jobs", "explain", file).contains("nothing; it is served") { usleep(100_000) }
    let kept = version == "null" ? "current, at demo/\(file)/kept.jpg" : "pinned, current"
    for name in [file, "uploads-raw/demo/\(file)/original.jpg", "\(stack.url)/images/demo/\(file)/thumb.webp"] {
      let text = try stowage("jobs", "explain", name)
      for part in [file, "ready: judged", "nothing; it is served", version, kept, "thumb: 100×100"] {
        #expect(text.contains(part), "\(part): \(text)")
      }
    }
  }

  @Test func `an upload that waits for its client shows the remaining time`() throws {
    let ticket = try stack.ticket(size: 1000)
    let text = try stowage("jobs", "explain", ticket.fileId)
    #expect(text.contains("pending: presigned") && text.contains("the client may upload it for another 1"))
    #expect(text.contains("nothing there"))
  }

  @Test func `an unknown file is reported with status 1, and nonsense is wrong usage`() throws {
    let stranger = "0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15"
    for command in ["explain", "retry"] {
      let text = refusal("jobs", command, stranger)
      #expect(text.hasPrefix("stowage: 1") && text.contains("no file \(stranger) is known"), "\(text)")
      #expect(refusal("jobs", command, "nonsense").hasPrefix("stowage: 64"))
    }
    for usage in [["retry"], ["retry", stranger, "--failed"], ["list", "--state", "lost"], ["list", "--limit", "0"]] {
      let error = #expect(throws: Unexpected.self) { try run("stowage", ["jobs"] + usage) }
      #expect(error?.description.hasPrefix("stowage: 64") == true, "\(usage)")
    }
    #expect(refusal("sweep", "--yes").hasPrefix("stowage: 64"))
  }

  @Test func `a retry reports its result, and a retried file keeps its state`() throws {
    let file = try ready()
    #expect(try stowage("jobs", "retry", file).contains("\(file)  process: "))
    for flag in ["--failed", "--postponed"] { #expect(try stowage("jobs", "retry", flag).contains("due now.")) }
    #expect(try stack.settled(file).variants.count == 3)
  }

  @Test func `the listing for programs has one JSON object per line, and the one for people a count`() throws {
    let kind = try stowage("jobs", "list", "--json", "--limit", "3")
    for line in kind.split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["file"] is String && object?["dueAt"] is String)
    }
    #expect(try stowage("jobs", "list", "--kind", "render", "--state", "failed") == "No failed render jobs.\n")
  }

  @Test(.disturbsTheSystem) func `with every event lost, a dry run predicts what the real sweep does`() throws {
    let webhook = try stack.processID("webhook")
    kill(webhook, SIGSTOP)
    defer { kill(webhook, SIGCONT) }
    let dry = try stowage("sweep", "--dry-run")
    #expect(
      dry.hasPrefix("Dry run: nothing is changed.\n") && dry.contains("\nUploads: ") && dry.contains("\nObjects: ")
    )
    let photo = try Photo.jpeg(width: 200, height: 100)
    let start = Date.now
    let ticket = try stack.ticket(size: photo.count)
    #expect(try stack.put(photo, ticket).head.status == 200)
    let young = try stowage("sweep")
    if Date.now < start + 10 { #expect(!young.contains(ticket.fileId), "left to its event while it is young") }
    // On a busy system the worker's own sweep takes long to come round to this file.
    while Date.now < start + 12 { usleep(100_000) }
    _ = try stowage("sweep")
    #expect(try stack.settled(ticket.fileId, within: 90).state == "ready")
  }

  @Test func `objects without a row are reported, and young ones are not deleted`() throws {
    let store: any ObjectStore = try BucketView(stack).store
    let key = "nobody/0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b16/original.png"
    _ = try store.put(.bytes([1, 2, 3]), to: key, in: "uploads-raw")
    defer {
      let versions = try? store.listVersions("uploads-raw", prefix: key, after: nil, limit: 10).items
      for version in versions ?? [] { try? store.delete(key, in: "uploads-raw", version: version.version) }
    }
    let text = try stowage("sweep", "--dry-run")
    #expect(text.contains("no row knows") && text.contains("none of them older than 7 days"), "\(text)")
    let deletion = try stowage("sweep", "--delete-unknown", "--yes")
    #expect(deletion.contains("Nothing is to be deleted.") && !deletion.contains("Deleted"))
    #expect(try store.listVersions("uploads-raw", prefix: key, after: nil, limit: 10).items.count == 1)
  }

  @Test func `a sweep of a missing bucket reports it, and does nothing`() throws {
    let error = #expect(throws: Unexpected.self) {
      try stowage("sweep", environment: ["STOWAGE_BUCKET_RAW": "no-such-bucket"])
    }
    #expect(error?.description.contains("bucket no-such-bucket is not there") == true)
  }

  @Test(arguments: [["jobs"], ["jobs", "list"], ["jobs", "explain"], ["jobs", "retry"], ["sweep"]])
  func `every command has help with an example`(command: [String]) throws {
    let help = String(decoding: try run("stowage", command + ["--help"]), as: UTF8.self)
    #expect(help.contains("Example") && help.contains("  stowage \(command[0]) "))
  }
}
