import S3
import Storage

/// Probes of versions and tags.
extension ProbeGround {
  func versions() throws -> ProbeOutcome {
    let place = try place(isVersioned: true)
    guard let first = try write("first", "versions", in: place), let second = try write("second", "versions", in: place)
    else { return .cannot("a PUT tells no version") }
    guard try read("versions", in: place, version: first) == "first", try read("versions", in: place) == "second" else {
      return .cannot("a version has other bytes")
    }
    let listed = try store.listVersions(place.bucket, prefix: place.key("versions"), after: nil, limit: 10).items
    return listed.map(\.version) == [second, first]
      ? .can("both are read and listed") : .cannot("both are read; the list has \(listed.count) of 2")
  }

  func deleteMarkers() throws -> ProbeOutcome {
    let place = try place(isVersioned: true)
    try write("first", "marker", in: place)
    try store.delete(place.key("marker"), in: place.bucket)
    guard try !exists("marker", in: place) else { return .cannot("a deleted object stays") }
    let listed = try store.listVersions(place.bucket, prefix: place.key("marker"), after: nil, limit: 10).items
    guard let marker = listed.first(where: \.isDeleteMarker) else { return .cannot("no marker is listed") }
    try store.delete(place.key("marker"), in: place.bucket, version: marker.version)
    return try exists("marker", in: place) ? .can("the object comes back") : .cannot("the object does not come back")
  }

  private var tag: [String: String] { ["retention": "standard"] }

  func tagsOnPut() throws -> ProbeOutcome {
    let place = try place()
    let answer = try upload("tagged", in: place, signed: [("x-amz-tagging", "retention=standard")])
    guard answer.isSuccess else { return answer.refusal }
    let found = try store.tags(of: place.key("tagged"), in: place.bucket)
    return found == tag ? .can("the tag is there") : .cannot("the tag is not there")
  }

  func tags() throws -> ProbeOutcome {
    let place = try place()
    let key = place.key("tags")
    try write("x", "tags", in: place)
    try store.setTags(tag, of: key, in: place.bucket)
    guard try store.tags(of: key, in: place.bucket) == tag else { return .cannot("the tag is not kept") }
    try store.removeTags(of: key, in: place.bucket)
    return try store.tags(of: key, in: place.bucket).isEmpty ? .can("set, read, removed") : .cannot("the tag stays")
  }

  func tagsOfVersion() throws -> ProbeOutcome {
    let place = try place(isVersioned: true)
    let key = place.key("version-tags")
    guard let first = try write("first", "version-tags", in: place),
      let second = try write("second", "version-tags", in: place)
    else { return .cannot("a PUT tells no version") }
    func found(_ version: VersionID) throws(StoreError) -> [String: String] {
      try store.tags(of: key, in: place.bucket, version: version)
    }
    for version in [first, second] { try store.setTags(tag, of: key, in: place.bucket, version: version) }
    guard try found(first) == tag, try found(second) == tag else { return .cannot("a tag is not kept") }
    try store.removeTags(of: key, in: place.bucket, version: first)
    guard try found(first).isEmpty else { return .cannot("the tag of the old version stays") }
    guard try found(second) == tag else { return .cannot("the tag of the other version goes too") }
    return .can("set and removed by version")
  }
}
