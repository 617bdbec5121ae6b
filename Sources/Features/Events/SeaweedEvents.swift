import Foundation

/// A webhook message of the SeaweedFS filer.
///
/// It describes files and directories below `/buckets` instead of objects.
private struct Notification: Decodable {
  struct Message: Decodable {
    var newEntry: Entry?
    var oldEntry: Entry?
    enum CodingKeys: String, CodingKey {
      case newEntry = "new_entry"
      case oldEntry = "old_entry"
    }
  }
  struct Entry: Decodable {
    var isDirectory: Bool?
    var extended: [String: String]?
    enum CodingKeys: String, CodingKey {
      case isDirectory = "is_directory"
      case extended
    }
  }
  var eventType: String
  var key: String
  var message: Message?
  enum CodingKeys: String, CodingKey {
    case eventType = "event_type"
    case key, message
  }
}

/// Returns an event for a `create` message, or for a `delete` message about an object without versions; none for
/// directories, parts of multipart uploads and the filer's internal files.
///
/// In a versioned bucket the filer's path is `KEY.versions/v_{versionId}`. The function maps this path back to `KEY`.
func seaweedEvents(in body: Data) throws(MalformedEvent) -> [StorageEvent] {
  guard let notification = try? JSONDecoder().decode(Notification.self, from: body) else {
    throw MalformedEvent(expected: "a filer notification with event_type, key and message")
  }
  let isDeletion = notification.eventType == "delete"
  let entry = isDeletion ? notification.message?.oldEntry : notification.message?.newEntry
  guard isDeletion || notification.eventType == "create", entry?.isDirectory != true else { return [] }
  let isMarker = entry?.extended?["Seaweed-X-Amz-Delete-Marker"] != nil
  var path = notification.key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
  guard path.count >= 4, path[0].isEmpty, path[1] == "buckets", !path[2].hasPrefix("."), path[3] != ".uploads"
  else { return [] }
  if let leaf = path.last, leaf.hasPrefix("v_"), path[path.count - 2].hasSuffix(".versions") {
    if isDeletion { return [] }
    path.removeLast()
    path[path.count - 1].removeLast(".versions".count)
  }
  return [
    StorageEvent(
      bucket: path[2],
      key: path[3...].joined(separator: "/"),
      isDeletion ? .deleted : isMarker ? .covered : .written
    )
  ]
}
