import S3
import Storage

/// Probes of requests that Stowage signs in headers.
extension ProbeGround {
  func objects() throws -> ProbeOutcome {
    let place = try place()
    try write("first", "objects", in: place)
    guard try read("objects", in: place) == "first" else { return .cannot("gives back other bytes") }
    try store.delete(place.key("objects"), in: place.bucket)
    return try exists("objects", in: place) ? .cannot("a deleted object stays") : .can("gives back the same bytes")
  }

  func conditionalPut(in place: ProbePlace) throws -> ProbeOutcome {
    let name = "conditional-\(place.isVersioned)"
    func put(_ text: String) throws(StoreError) {
      let options = PutOptions(ifNoneMatch: true)
      _ = try store.put(.bytes(Array(text.utf8)), to: place.key(name), in: place.bucket, options: options)
    }
    try put("first")
    do throws(StoreError) { try put("second") } catch .preconditionFailed { return .can("the second PUT is 412") }
    return try read(name, in: place) == "first"
      ? .unknown("the second PUT is 200 and changes nothing") : .cannot("the second PUT replaces the object")
  }

  func conditionalComplete() throws -> ProbeOutcome {
    let place = try scratch.places.last ?? self.place()
    let key = place.key("conditional-complete")
    try write("first", "conditional-complete", in: place)
    let upload = try store.createMultipartUpload(key, in: place.bucket)
    defer { try? store.abortMultipartUpload(upload, to: key, in: place.bucket) }
    let part = try store.uploadPart(.bytes(Array("second".utf8)), number: 1, to: key, in: place.bucket, upload: upload)
    do throws(StoreError) {
      _ = try store.completeMultipartUpload(upload, to: key, in: place.bucket, parts: [part], ifNoneMatch: true)
    } catch .preconditionFailed {
      return .can("the completion is 412")
    }
    return .cannot("the completion replaces the object")
  }

  func checksums() throws -> ProbeOutcome {
    let place = try place()
    let bytes = Array("abc".utf8)
    func put(_ name: String, _ sha256: [UInt8]) throws(StoreError) {
      let options = PutOptions(sha256: sha256)
      _ = try store.put(.bytes(bytes), to: place.key(name), in: place.bucket, options: options)
    }
    // Source: https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values (SHA-256 of "abc")
    let digest: [UInt8] = [
      0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03, 0x61,
      0xA3, 0x96, 0x17, 0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD,
    ]
    try put("checksum", digest)
    do throws(StoreError) {
      try put("wrong-checksum", digest.reversed())
      return .cannot("a wrong SHA-256 is taken")
    } catch {
      switch error {
      case .integrity, .invalidRequest: break
      default: throw error
      }
    }
    let found = try store.head(place.key("checksum"), in: place.bucket).sha256
    return found == digest
      ? .can("a wrong one is refused") : .cannot("a wrong one is refused, the right one is not kept")
  }

  func range() throws -> ProbeOutcome {
    let place = try place()
    try write("0123456789", "range", in: place)
    let bytes = try store.bytes(of: place.key("range"), in: place.bucket, range: .closed(2...4), limit: 1 << 10)
    let text = String(decoding: bytes, as: UTF8.self)
    return text == "234" ? .can("206 with these bytes") : .cannot("\(bytes.count) bytes for a range of 3")
  }

  func multipart() throws -> ProbeOutcome {
    let place = try place()
    let key = place.key("multipart")
    let upload = try store.createMultipartUpload(key, in: place.bucket)
    defer { try? store.abortMultipartUpload(upload, to: key, in: place.bucket) }
    let part = try store.uploadPart(.bytes(Array("part".utf8)), number: 3, to: key, in: place.bucket, upload: upload)
    let listed = try store.listParts(of: upload, to: key, in: place.bucket, after: nil, limit: 10).items.map(
      \.part.number
    )
    guard listed == [3] else { return .cannot("a list of the parts has others") }
    _ = try store.completeMultipartUpload(upload, to: key, in: place.bucket, parts: [part])
    return try read("multipart", in: place) == "part" ? .can("parts are listed and joined") : .cannot("other bytes")
  }

  func copy() throws -> ProbeOutcome {
    let place = try scratch.places.last ?? self.place()
    let version = try write("first", "source", in: place)
    try write("second", "source", in: place)
    let source = CopySource(place.key("source"), in: place.bucket, version: version)
    _ = try store.copy(source, to: place.key("copy"), in: place.bucket)
    let wanted = version == nil ? "second" : "first"
    guard try read("copy", in: place) == wanted else { return .cannot("the copy has other bytes") }
    return .can(version == nil ? "an object" : "an object, and one of its versions")
  }

  func deleteObjects() throws -> ProbeOutcome {
    let place = try place()
    let names = ["batch-1", "batch-2"]
    for name in names { try write("x", name, in: place) }
    let failures = try store.deleteAll(names.map { ObjectReference(place.key($0)) }, in: place.bucket)
    guard failures.isEmpty else { return ProbeOutcome(failures[0].error) }
    for name in names where try exists(name, in: place) { return .cannot("an object stays") }
    return .can("both are gone")
  }

  func listPages() throws -> ProbeOutcome {
    let place = try place()
    let names = ["1", "2", "3"].map { "pages/" + $0 }
    for name in names { try write("x", name, in: place) }
    var (trail, isMore, found) = (PageTrail(), true, [String]())
    while isMore, found.count < 10 {
      let page = try store.list(place.bucket, prefix: place.key("pages/"), after: trail.token, limit: 1)
      found += page.items.map(\.key)
      isMore = try trail.follow(page.next)
    }
    return found == names.map(place.key) ? .can("3 pages of one object") : .cannot("\(found.count) of 3 objects")
  }

  /// Writes an object under each of these keys, which differ as bytes, and compares the lists with them.
  func keys(_ names: [String]) throws -> ProbeOutcome {
    let place = try scratch.places.last ?? self.place()
    let folder = "keys-\(names[0].utf8.count)-\(names.count)/"
    var written: [(key: String, version: VersionID?)] = []
    defer { for (key, version) in written { try? store.delete(key, in: place.bucket, version: version) } }
    for (index, name) in names.enumerated() {
      written.append((place.key(folder + name), try write("\(index)", folder + name, in: place)))
    }
    for (index, name) in names.enumerated() where try read(folder + name, in: place) != "\(index)" {
      return .cannot("one object replaces another")
    }
    // Swift takes strings for equal that differ in their Unicode form alone.
    func bytes(_ keys: [String]) -> Set<[UInt8]> { Set(keys.map { Array($0.utf8) }) }
    let wanted = bytes(names.map { place.key(folder + $0) })
    let listed = try store.list(place.bucket, prefix: place.key(folder), after: nil, limit: 10).items.map(\.key)
    guard bytes(listed) == wanted else { return .cannot("the list has other keys") }
    guard place.isVersioned else { return .can("the list has the same keys") }
    let versions = try store.listVersions(place.bucket, prefix: place.key(folder), after: nil, limit: 10).items.map(
      \.key
    )
    return bytes(versions) == wanted
      ? .can("lists of objects and versions have the same keys") : .cannot("the list of versions has other keys")
  }
}
