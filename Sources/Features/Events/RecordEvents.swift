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

/// The envelope in which Amazon SNS delivers messages, and asks for the confirmation of a subscription.
///
/// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
private struct TopicMessage: Decodable {
  /// SNS sends no `Authorization: Bearer`, so no subscription can reach this address as it is.
  static let advice = "let a function or an EventBridge API destination post the Records; docs/install explains how"

  var type: String
  var topic: String
  enum CodingKeys: String, CodingKey {
    case type = "Type"
    case topic = "TopicArn"
  }
}

/// The changes by the beginning of the name of an event.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
private let changes: [(name: String, change: StorageEvent.Change)] = [
  ("ObjectCreated:", .written), ("ObjectRemoved:DeleteMarkerCreated", .covered),
  ("LifecycleExpiration:DeleteMarkerCreated", .covered), ("ObjectRemoved:Delete", .deleted),
  ("LifecycleExpiration:Delete", .deleted),
]

/// Returns an event for each record about a written, covered or deleted object; the name of its event can have the prefix
/// `s3:`.
///
/// Keys in the message are URL-encoded, with `+` for a space.
func recordEvents(in body: Data) throws(MalformedEvent) -> [StorageEvent] {
  let decoder = JSONDecoder()
  if let test = try? decoder.decode([String: String].self, from: body), test["Event"] == "s3:TestEvent" { return [] }
  if let envelope = try? decoder.decode(TopicMessage.self, from: body), envelope.topic.hasPrefix("arn:") {
    throw MalformedEvent(
      expected: "an S3 event message with Records, not an SNS envelope (\(TopicMessage.advice))"
    )
  }
  guard let message = try? decoder.decode(RecordMessage.self, from: body) else {
    throw MalformedEvent(expected: "an S3 event message with Records")
  }
  return message.records.compactMap { record in
    let name = record.eventName.hasPrefix("s3:") ? String(record.eventName.dropFirst(3)) : record.eventName
    guard let change = changes.first(where: { name.hasPrefix($0.name) })?.change else { return nil }
    let encoded = record.s3.object.key
    let key = encoded.replacing("+", with: " ").removingPercentEncoding ?? encoded
    return StorageEvent(bucket: record.s3.bucket.name, key: key, change)
  }
}
