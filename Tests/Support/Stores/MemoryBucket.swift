internal import Foundation
internal import Storage

/// One version of a key.
struct MemoryVersion {
  let bytes: [UInt8]
  let etag: ETag
  var options = PutOptions()
  var tags: [String: String] = [:]
  var isDeleteMarker = false
  let lastModified = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
  var id = VersionID("null")
}

/// A bucket's objects: for each key its versions, oldest first.
///
/// Keys are held as bytes: Swift takes canonically equal strings for one.
struct MemoryBucket {
  /// Nil until versions were first kept, false while that is suspended.
  var versioning: Bool?
  /// Whether conditions of uploads count for nothing while versions are kept.
  var ignoresConditions = false
  private var objects: [[UInt8]: [MemoryVersion]] = [:]
  private var made = 0
  /// Multipart uploads under way, and those completed, by name.
  var uploads: [UploadID: MemoryUpload] = [:]
  var completed: [UploadID: (key: String, result: PutResult)] = [:]

  var isEmpty: Bool { objects.isEmpty }

  func keys(prefix: String) -> [String] {
    let found = objects.keys.filter { $0.starts(with: prefix.utf8) }
    return found.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// What the key shows now; nil under a delete marker.
  func current(_ key: String) -> MemoryVersion? {
    guard let last = objects[Array(key.utf8)]?.last, !last.isDeleteMarker else { return nil }
    return last
  }

  func version(_ id: VersionID, of key: String) -> MemoryVersion? {
    objects[Array(key.utf8)]?.first { $0.id == id }
  }

  /// The version's name as answers give it: none before versions were kept.
  func name(of version: MemoryVersion) -> VersionID? { versioning == nil ? nil : version.id }

  mutating func add(_ version: MemoryVersion, to key: String) -> MemoryVersion {
    var version = version
    if versioning == true {
      made += 1
      version.id = VersionID("memory\(made)")
    } else {
      remove(version.id, of: key)
    }
    objects[Array(key.utf8), default: []].append(version)
    return version
  }

  /// Puts a version below all others of the key, as a store may that orders them by when their uploads began.
  mutating func slip(_ version: MemoryVersion, below key: String) {
    var version = version
    made += 1
    version.id = VersionID("memory\(made)")
    objects[Array(key.utf8), default: []].insert(version, at: 0)
  }

  mutating func remove(_ id: VersionID, of key: String) {
    let name = Array(key.utf8)
    objects[name]?.removeAll { $0.id == id }
    if objects[name]?.isEmpty == true { objects[name] = nil }
  }

  /// Deletes a version for good, or the object as the bucket's versioning has it.
  mutating func delete(_ object: ObjectReference) {
    if let version = object.version {
      remove(version, of: object.key)
    } else if versioning == nil {
      remove(VersionID("null"), of: object.key)
    } else {
      _ = add(MemoryVersion(bytes: [], etag: ETag(""), isDeleteMarker: true), to: object.key)
    }
  }

  /// Whether the key is as the options ask.
  func check(_ options: PutOptions, _ key: String) throws(StoreError) {
    if ignoresConditions, versioning == true { return }
    let now = current(key)
    if options.ifNoneMatch, now != nil { throw .preconditionFailed }
    if let wanted = options.ifMatch, now?.etag != wanted { throw .preconditionFailed }
  }

  /// Replaces the tags of a version, or of what the key shows now; false where there is none.
  mutating func setTags(_ tags: [String: String], of key: String, _ id: VersionID?) -> Bool {
    let name = Array(key.utf8)
    guard let id = id ?? current(key)?.id, let index = objects[name]?.firstIndex(where: { $0.id == id }),
      objects[name]?[index].isDeleteMarker == false
    else { return false }
    objects[name]?[index].tags = tags
    return true
  }

  func summaries(_ key: String) -> [VersionSummary] {
    let versions = objects[Array(key.utf8)] ?? []
    return versions.indices.reversed().map { index in
      let version = versions[index]
      return VersionSummary(
        key: key,
        version: version.id,
        isLatest: index == versions.count - 1,
        isDeleteMarker: version.isDeleteMarker,
        size: Int64(version.bytes.count),
        lastModified: version.lastModified
      )
    }
  }
}

/// Whether `left` comes before `right` in the order of listings.
func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
