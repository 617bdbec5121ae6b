import Events
import Foundation
import Testing

@Suite struct EventSourceTests {
  private func filer(_ type: String, _ key: String, _ entry: String = "{}") -> Data {
    Data(#"{"event_type":"\#(type)","key":"\#(key)","message":{"new_entry":\#(entry)}}"#.utf8)
  }

  @Test func `a filer's create event is one object, in an unversioned and in a versioned bucket`() throws {
    let expected = [StorageEvent(bucket: "uploads-raw", key: "a b+ü/f/original.jpg")]
    #expect(
      try EventSource.seaweedfs.events(in: filer("create", "/buckets/uploads-raw/a b+ü/f/original.jpg")) == expected
    )
    #expect(try EventSource.seaweedfs.events(in: filer("create", "/buckets/raw/.hidden/f/x.jpg")).count == 1)
    #expect(
      try EventSource.seaweedfs.events(
        in: filer("create", "/buckets/uploads-raw/a b+ü/f/original.jpg.versions/v_0123")
      ) == expected
    )
  }

  @Test(arguments: [
    ("update", "/buckets/raw/a/b", "{}"), ("delete", "/buckets/raw/a/b.versions/v_1", "{}"),
    ("create", "/buckets/raw/a/b.versions", #"{"is_directory":true}"#),
    ("create", "/buckets/raw/.uploads/id/0001_x.part", "{}"), ("create", "/buckets/.system/x/y", "{}"),
    ("create", "/etc/passwd", "{}"), ("create", "/buckets/raw", "{}"), ("create", "", "{}"),
  ])
  func `a filer's events about anything but objects are ignored`(type: String, key: String, entry: String) throws {
    #expect(try EventSource.seaweedfs.events(in: filer(type, key, entry)).isEmpty)
  }

  @Test func `a filer's delete marker, and its deletion of an object without versions, are events of their kind`()
    throws
  {
    let marker = filer(
      "create",
      "/buckets/raw/a/b.versions/v_1",
      #"{"extended":{"Seaweed-X-Amz-Delete-Marker":"dHJ1ZQ=="}}"#
    )
    #expect(try EventSource.seaweedfs.events(in: marker) == [StorageEvent(bucket: "raw", key: "a/b", .covered)])
    let deletion = Data(#"{"event_type":"delete","key":"/buckets/raw/a/b","message":{"old_entry":{}}}"#.utf8)
    #expect(try EventSource.seaweedfs.events(in: deletion) == [StorageEvent(bucket: "raw", key: "a/b", .deleted)])
    let folder = #"{"event_type":"delete","key":"/buckets/raw/a/b","message":{"old_entry":{"is_directory":true}}}"#
    #expect(try EventSource.seaweedfs.events(in: Data(folder.utf8)).isEmpty)
  }

  @Test(arguments: [
    ("ObjectCreated:Put", StorageEvent.Change.written), ("ObjectRemoved:DeleteMarkerCreated", .covered),
    ("LifecycleExpiration:DeleteMarkerCreated", .covered), ("LifecycleExpiration:Delete", .deleted),
    ("ObjectRemoved:Delete", .deleted),
  ])
  func `S3 records about markers and deletions are events of their kind`(
    name: String,
    change: StorageEvent.Change
  ) throws {
    for prefix in ["", "s3:"] {
      let record = #"{"eventName":"\#(prefix + name)","s3":{"bucket":{"name":"raw"},"object":{"key":"a"}}}"#
      let events = try EventSource.s3.events(in: Data(#"{"Records":[\#(record)]}"#.utf8))
      #expect(events == [StorageEvent(bucket: "raw", key: "a", change)])
    }
  }

  @Test func `S3 records are decoded, with and without the prefix, and other changes are ignored`() throws {
    func record(_ name: String, _ key: String) -> String {
      #"{"eventName":"\#(name)","s3":{"bucket":{"name":"raw"},"object":{"key":"\#(key)","size":5}}}"#
    }
    let body = [
      record("s3:ObjectCreated:Put", "up%2Fa+b%2B%C3%BC.txt"), record("ObjectCreated:CompleteMultipartUpload", "x"),
      record("ObjectTagging:Put", "y"), record("LifecycleTransition", "z"), record("ObjectCreated:Put", "%zz"),
    ]
    let events = try EventSource.s3.events(in: Data(#"{"Records":[\#(body.joined(separator: ","))]}"#.utf8))
    #expect(events.map(\.key) == ["up/a b+ü.txt", "x", "%zz"])
    #expect(try EventSource.minio.events(in: Data(#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#.utf8)).isEmpty)
  }

  @Test(arguments: ["a~2Fb/f/original.jpg", "a%7E2Fb/f/original.jpg", "a%7e2Fb%2Ff%2Foriginal.jpg"])
  func `the key of a user with escaped characters is decoded once, however the sender encodes it`(key: String) throws {
    let record = #"{"eventName":"s3:ObjectCreated:Put","s3":{"bucket":{"name":"raw"},"object":{"key":"\#(key)"}}}"#
    #expect(
      try EventSource.s3.events(in: Data(#"{"Records":[\#(record)]}"#.utf8)).map(\.key) == ["a~2Fb/f/original.jpg"]
    )
    let twice = record.replacing("%", with: "%25")
    let events = try EventSource.s3.events(in: Data(#"{"Records":[\#(twice)]}"#.utf8))
    #expect(events.map(\.key) == [key])
  }

  @Test(arguments: ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"])
  func `an envelope of SNS is refused, with the way that works`(type: String) {
    let body =
      #"{"Type":"\#(type)","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:1:t","Message":"{\"Records\":[]}"}"#
    for source in [EventSource.s3, .minio] {
      #expect {
        try source.events(in: Data(body.utf8))
      } throws: { error in
        let expected = (error as? MalformedEvent)?.expected ?? ""
        return expected.contains("not an SNS envelope") && expected.contains("EventBridge")
      }
    }
  }

  @Test(arguments: ["", "{", "[]", "null", "{\"Records\":{}}", "{\"event_type\":1}", "\u{FEFF}"])
  func `a malformed body is an error, not an empty message`(body: String) {
    for source in EventSource.allCases {
      #expect(throws: MalformedEvent.self) { try source.events(in: Data(body.utf8)) }
    }
  }

  @Test(arguments: [
    ("seaweedfs-versioned-put.json", EventSource.seaweedfs, ["alice/0199aa/original.jpg"]),
    ("seaweedfs-versioned-overwrite.json", .seaweedfs, ["alice/0199aa/original.jpg"]),
    ("seaweedfs-versioned-multipart-complete.json", .seaweedfs, ["alice/0199bb/original.pdf"]),
    ("seaweedfs-versioned-multipart-part.json", .seaweedfs, []),
    ("seaweedfs-versioned-multipart-versions-directory.json", .seaweedfs, []),
    ("seaweedfs-versioned-delete-marker.json", .seaweedfs, ["alice/0199aa/original.jpg"]),
    ("seaweedfs-unversioned-put.json", .seaweedfs, ["up/a b+ü.txt"]),
    ("minio-put.json", .minio, ["up/a b+ü.txt"]),
  ])
  func `events that real servers sent are understood`(file: String, source: EventSource, keys: [String]) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Captured")
    let body = try Data(contentsOf: folder.appending(path: file))
    #expect(try source.events(in: body).map(\.key) == keys)
  }
}
