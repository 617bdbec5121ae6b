internal import Foundation
internal import Storage

/// One version of a key.
struct MemoryVersion {
  let bytes: [UInt8]
  let etag: ETag
  var options = PutOptions()
  var tags: [String: String] = [:]
  var isDeleteMarker = false
  /// The time of creation, which the bucket sets, with a precision of one second.
  var lastModified = Date.distantPast
  var storageClass = "STANDARD"
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
  /// The time of the request that the bucket serves.
  var now = Date.distantPast
  private var objects: [[UInt8]: [MemoryVersion]] = [:]
  /// The keys of `objects` in the order of listings.
  private var order: [[UInt8]] = []
  private var made = 0
  /// Open and completed multipart uploads, by ID.
  var uploads: [UploadID: MemoryUpload] = [:]
  var completed: [UploadID: (key: String, result: PutResult)] = [:]

  var isEmpty: Bool { objects.isEmpty }
  /// The time of the request, with a precision of one second.
  var second: Date { Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down)) }

  /// Returns the keys that begin with `prefix`, without those before `first`, in the order of listings.
  func keys(prefix: String, from first: String = "") -> some Sequence<String> {
    let prefix = Array(prefix.utf8)
    let start = max(position(of: prefix), position(of: Array(first.utf8)))
    return order[start...].lazy.prefix { $0.starts(with: prefix) }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns the position of a key in `order`, or the one that it would have.
  private func position(of key: [UInt8]) -> Int {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if comesBefore(order[middle], key) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Changes the versions of a key, and forgets a key without versions.
  private mutating func update(_ key: String, _ body: (inout [MemoryVersion]) -> Void) {
    let name = Array(key.utf8)
    var versions = objects[name] ?? []
    let wasKnown = !versions.isEmpty
    body(&versions)
    if wasKnown != !versions.isEmpty {
      let position = position(of: name)
      if wasKnown { order.remove(at: position) } else { order.insert(name, at: position) }
    }
    objects[name] = versions.isEmpty ? nil : versions
  }

  /// Returns the versions of the key, oldest first.
  func versions(of key: String) -> [MemoryVersion] { objects[Array(key.utf8)] ?? [] }

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
    version.lastModified = second
    if versioning == true {
      made += 1
      version.id = VersionID("memory\(made)")
    } else {
      remove(version.id, of: key)
    }
    update(key) { $0.append(version) }
    return version
  }

  /// Inserts a version below all others of the key.
  ///
  /// A store may do so if it orders versions by the start of their uploads.
  mutating func slip(_ version: MemoryVersion, below key: String) {
    var version = version
    made += 1
    version.id = VersionID("memory\(made)")
    version.lastModified = second
    update(key) { $0.insert(version, at: 0) }
  }

  mutating func remove(_ id: VersionID, of key: String) {
    update(key) { $0.removeAll { $0.id == id } }
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

  /// Moves the current version to a storage class.
  mutating func move(_ key: String, to storageClass: String) {
    update(key) { $0[$0.count - 1].storageClass = storageClass }
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
        lastModified: version.lastModified,
        storageClass: version.isDeleteMarker ? nil : version.storageClass
      )
    }
  }
}

/// Returns true if `left` comes before `right` in the order of listings.
func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

/// Returns true if the bytes of `left` come before those of `right`.
private func comesBefore(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  let order = memcmp(left, right, min(left.count, right.count))
  return order == 0 ? left.count < right.count : order < 0
}
