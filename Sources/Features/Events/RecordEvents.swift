import Foundation

/// An S3 event message, with up to several hundred records.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
private struct RecordMessage: Decodable {
  struct Record: Decodable {
    var eventName: String
    var s3: S3
  }
  struct S3: Decodable {
    var bucket: Bucket
    var object: Object
  }
  struct Bucket: Decodable { var name: String }
  struct Object: Decodable { var key: String }
  var records: [Record]
  enum CodingKeys: String, CodingKey { case records = "Records" }
}

/// Returns an event for each record whose name is `ObjectCreated:*`, with or without the prefix `s3:`.
///
/// Keys in the message are URL-encoded, with `+` for a space.
func recordEvents(in body: Data) throws(MalformedEvent) -> [StorageEvent] {
  let decoder = JSONDecoder()
  if let test = try? decoder.decode([String: String].self, from: body), test["Event"] == "s3:TestEvent" { return [] }
  guard let message = try? decoder.decode(RecordMessage.self, from: body) else {
    throw MalformedEvent(expected: "an S3 event message with Records")
  }
  return message.records.compactMap { record in
    let name = record.eventName.hasPrefix("s3:") ? String(record.eventName.dropFirst(3)) : record.eventName
    guard name.hasPrefix("ObjectCreated:") else { return nil }
    let encoded = record.s3.object.key
    let key = encoded.replacing("+", with: " ").removingPercentEncoding ?? encoded
    return StorageEvent(bucket: record.s3.bucket.name, key: key)
  }
}
