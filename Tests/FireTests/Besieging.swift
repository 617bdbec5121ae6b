import Foundation
import HTTP
import TestSupport
import Testing

/// One user has as much expensive work in progress as allowed, while another user uploads or views a photo.
struct Besieging {
  /// The time within which the other user's photo must be ready or shown, in seconds; docs/decisions states it.
  static let bound: TimeInterval = 5

  private let fixture: FireFixture
  private let count: Int
  private let eve: FireFixture.User
  private let ann: FireFixture.User

  /// Prepares the test with `count` expensive files of one user.
  init(_ fixture: FireFixture, count: Int) throws {
    self.fixture = fixture
    self.count = count
    eve = try fixture.user()
    ann = try fixture.user()
  }

  /// Queues workbooks that unpack to half a gigabyte and the largest images, all before ann's photo.
  func ofWorkers() throws {
    let workbook = Payload(bytes: try Self.workbook(), type: Payload.workbook, wanted: "")
    let image = Payload(
      bytes: try Photo.flat("png[interlace=true]", width: 7000, height: 7000),
      type: "image/png",
      wanted: ""
    )
    var siege = try (0..<count - 10).map { _ in try fixture.upload(workbook, as: eve) }
    siege += try (0..<10).map { _ in try fixture.upload(image, as: eve) }
    defer { try? lift(siege) }
    let photos = try (0..<5).map { _ in
      let picture = try Payload.jpeg()
      let start = Date.now
      let photo = try fixture.upload(picture, as: ann)
      try until("ann's photo", within: 60) { try fixture.ledger.unsettled([photo.id]).isEmpty }
      report("ready", since: start)
      return photo
    }
    let left = try fixture.ledger.unsettled(siege.map(\.id)).count
    #expect(left > count / 2, "the siege was over: \(left) are left")
    try lift(siege)
    try fixture.audit(photos)
  }

  /// Requests the largest images, all before ann's request, while no worker runs.
  func onDemand() throws {
    let image = Payload(
      bytes: try Photo.flat("png[interlace=true]", width: 7000, height: 7000),
      type: "image/png",
      wanted: ""
    )
    var uploads: [FireFixture.Upload] = []
    try fixture.withoutWorker {
      uploads = try (0..<10).map { _ in try fixture.upload(image, as: eve) }
      let photos = try (0..<3).map { _ in try fixture.upload(Payload.jpeg(), as: ann) }
      let crowd = DispatchGroup()
      for upload in uploads {
        crowd.enter()
        Thread.detachNewThread {
          _ = try? fixture.stack.send("GET", "/images/\(eve.name)/\(upload.id)/thumb.webp")
          crowd.leave()
        }
      }
      usleep(500_000)
      for photo in photos {
        let start = Date.now
        let answer = try fixture.stack.send("GET", "/images/\(ann.name)/\(photo.id)/thumb.webp")
        #expect(answer.head.status == 302)
        report("shown", since: start)
      }
      crowd.wait()
      uploads += photos
    }
    try fixture.settle(uploads)
  }

  private func report(_ what: String, since start: Date) {
    let seconds = -start.timeIntervalSinceNow
    print("another user's photo under siege: \(what) after \(seconds) s")
    #expect(seconds < Self.bound)
  }

  /// Deletes eve's files, as she could herself.
  private func lift(_ siege: [FireFixture.Upload]) throws {
    let ids = siege.map { "\"\($0.id)\"" }.joined(separator: ",")
    let headers = [("Authorization", "Bearer \(eve.token)"), ("Content-Type", "application/json")]
    let body = Array("{\"ids\": [\(ids)], \"permanent\": true}".utf8)
    let answer = try fixture.stack.send("POST", "/v1/files/delete", headers: headers, body: body)
    #expect(answer.head.status == 200)
  }

  private static func workbook() throws -> [UInt8] {
    let folder = try ScratchFolder()
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "workbook.py")
    try folder.run("python3", [script.path, "book.xlsx"])
    return [UInt8](try Data(contentsOf: URL(filePath: folder.file("book.xlsx"))))
  }
}
