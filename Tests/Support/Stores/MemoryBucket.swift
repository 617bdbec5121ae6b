internal import Foundation
internal import Storage

/// One version of a key.
struct MemoryVersion {
  let bytes: [UInt8]
  let etag: ETag
  var options = PutOptions()
  var tags: [String: String] = [:]
  var isDeleteMarker = false
  var lastModified = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
  var id = VersionID("null")
}

/// A bucket's objects: for each key its versions, oldest first.
///
/// Keys are stored as bytes, because Swift treats canonically equivalent strings as equal.
struct MemoryBucket {
  /// True if versioning is enabled, false if it is suspended, nil if it was never enabled.
  var versioning: Bool?
  /// True if conditions of uploads are ignored while versioning is enabled.
  var ignoresConditions = false
  private var objects: [[UInt8]: [MemoryVersion]] = [:]
  private var made = 0
  /// Open and completed multipart uploads, by ID.
  var uploads: [UploadID: MemoryUpload] = [:]
  var completed: [UploadID: (key: String, result: PutResult)] = [:]

  var isEmpty: Bool { objects.isEmpty }

  func keys(prefix: String) -> [String] {
    let found = objects.keys.filter { $0.starts(with: prefix.utf8) }
    return found.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns the current version of the key; nil under a delete marker.
  func current(_ key: String) -> MemoryVersion? {
    guard let last = objects[Array(key.utf8)]?.last, !last.isDeleteMarker else { return nil }
    return last
  }

  func version(_ id: VersionID, of key: String) -> MemoryVersion? {
    objects[Array(key.utf8)]?.first { $0.id == id }
  }

  /// Returns the version's identifier for responses: nil if versioning was never enabled.
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

  /// Inserts a version below all others of the key.
  ///
  /// A store may do so if it orders versions by the start of their uploads.
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

  /// Deletes a version permanently, or the object as the bucket's versioning requires.
  mutating func delete(_ object: ObjectReference) {
    if let version = object.version {
      remove(version, of: object.key)
    } else if versioning == nil {
      remove(VersionID("null"), of: object.key)
    } else {
      _ = add(MemoryVersion(bytes: [], etag: ETag(""), isDeleteMarker: true), to: object.key)
    }
  }

  /// Throws unless the key meets the conditions of the options.
  func check(_ options: PutOptions, _ key: String) throws(StoreError) {
    if ignoresConditions, versioning == true { return }
    let now = current(key)
    if options.ifNoneMatch, now != nil { throw .preconditionFailed }
    if let wanted = options.ifMatch, now?.etag != wanted { throw .preconditionFailed }
  }

  /// Replaces the tags of a version, or of the current version; returns false if there is none.
  mutating func setTags(_ tags: [String: String], of key: String, _ id: VersionID?) -> Bool {
    let name = Array(key.utf8)
    guard let id = id ?? current(key)?.id, let index = objects[name]?.firstIndex(where: { $0.id == id }),
      objects[name]?[index].isDeleteMarker == false
    else { return false }
    objects[name]?[index].tags = tags
    return true
  }

  /// Sets the time of a version; returns false if there is none.
  mutating func setTime(_ time: Date, of key: String, _ id: VersionID) -> Bool {
    let name = Array(key.utf8)
    guard let index = objects[name]?.firstIndex(where: { $0.id == id }) else { return false }
    objects[name]?[index].lastModified = time
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
        etag: version.isDeleteMarker ? nil : version.etag,
        lastModified: version.lastModified
      )
    }
  }
}

/// Returns true if `left` comes before `right` in the order of listings.
func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
