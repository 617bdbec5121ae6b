import Foundation

/// The calls of the store in the sources, found by their text.
enum CallScan {
  /// The functions of `ObjectStore` and `S3Store` whose names mean nothing else in the sources.
  static let rare = [
    "deleteAll", "setTags", "removeTags", "createMultipartUpload", "uploadPart", "listParts", "listMultipartUploads",
    "completeMultipartUpload", "abortMultipartUpload", "listVersions", "folders", "createBucket", "bucketExists",
    "bucketNames", "deleteBucket", "setVersioning", "isVersioned", "hasObjectLock", "allowsUploads", "setDocument",
    "removeDocument", "presignPut", "presignPart", "presignGet", "presignPost",
    // Extensions of features.
    "allVersions", "hashed", "hasObject", "multipartUploads", "endMultipartUpload",
  ]
  /// The names of variables that are stores.
  static let receivers: Set = ["store", "signer", "uploadSigner", "interactiveStore"]
  /// Functions whose names are common: only a call on one of the receivers counts.
  static let common = [
    "put", "get", "bytes", "head", "delete", "copy", "tags", "list", "document", "versions", "presign",
  ]

  /// A function that a file calls.
  struct Place: Hashable, Comparable, CustomStringConvertible {
    let file: String
    let method: String
    var description: String { "\(file): \(method)" }

    static func < (first: Place, second: Place) -> Bool { first.description < second.description }
  }

  /// The checkout.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL

  /// Returns the number of calls by place, in features, programs and runtime.
  ///
  /// `doctor --store` probes a store that is no AWS with an administrator's own keys, and has no policy.
  static func places() throws -> [Place: Int] {
    var places: [Place: Int] = [:]
    for layer in ["Features", "Programs", "Runtime"] {
      for file in try swiftFiles("Sources/\(layer)") where !file.contains("Features/Buckets/Probe/") {
        let text = try String(contentsOf: root.appending(path: "Sources/\(file)"), encoding: .utf8)
        for (method, count) in calls(in: text) { places[Place(file: file, method: method)] = count }
      }
    }
    return places
  }

  /// Returns the number of calls by function in the text of a file.
  static func calls(in text: String) -> [String: Int] {
    let isExtension = text.contains(/extension (ObjectStore|S3Store)\b/.wordBoundaryKind(.simple))
    // By default, a dot between letters is no boundary of a word.
    let pattern = /(?:\b([A-Za-z]+)(?:\(\))?\.)?\b([A-Za-z]+)\(/.wordBoundaryKind(.simple)
    var counts: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      let code = line.trimmingCharacters(in: .whitespaces)
      guard !code.hasPrefix("//") else { continue }
      for match in code.replacing(/func \w+/, with: "func").replacing("store().", with: "store.").matches(of: pattern) {
        let method = String(match.2)
        let isBare = match.1 == nil && !code[..<match.range.lowerBound].hasSuffix(".")
        let isOnStore = match.1.map { receivers.contains(String($0)) } ?? false
        let isOwn = isBare && isExtension && (rare + ["head", "get"]).contains(method)
        let isCall = !isBare && rare.contains(method) || isOnStore && common.contains(method)
        guard isOwn || isCall else { continue }
        counts[method, default: 0] += 1
      }
    }
    return counts
  }

  /// Returns the names of variables and parameters whose type is a store.
  static func storeNames() throws -> Set<String> {
    var names: Set<String> = []
    for layer in ["Features", "Programs", "Runtime"] {
      for file in try swiftFiles("Sources/\(layer)") {
        let text = try String(contentsOf: root.appending(path: "Sources/\(file)"), encoding: .utf8)
        for match in text.matches(
          of: /(\w+)\s*:\s*(?:any ObjectStore|some ObjectStore|S3Store)\b/.wordBoundaryKind(.simple)
        ) {
          names.insert(String(match.1))
        }
      }
    }
    return names
  }

  /// Returns the number of requests that each file of the adapter S3 makes: the rows name what a function sends.
  static func requests() throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for file in try swiftFiles("Sources/Adapters/S3") {
      let text = try String(contentsOf: root.appending(path: "Sources/\(file)"), encoding: .utf8)
      let count = text.matches(of: /\bS3Call\(/.wordBoundaryKind(.simple)).count
      if count > 0 { counts[String(file.dropFirst("Adapters/S3/".count))] = count }
    }
    return counts
  }

  private static func swiftFiles(_ folder: String) throws -> [String] {
    let base = root.appending(path: folder)
    let prefix = folder.dropFirst("Sources/".count)
    return try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }.sorted()
      .map { "\(prefix)/\($0)" }
  }
}
