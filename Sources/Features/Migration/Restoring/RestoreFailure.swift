internal import Glibc
public import Storage

/// The reasons why a file was not restored.
public enum RestoreFailure: Error, Hashable, Sendable {
  /// The path has an empty component, `.`, `..` or a NUL.
  case unsafePath
  /// Neither the ledger nor the object's metadata has the path.
  case unknownPath
  /// A folder on the way is a symbolic link, a file or another entry; `name` is its name.
  case blocked(name: String)
  /// The folder has a file of this name with other bytes.
  case differs
  /// Another file of the same rollback has the path.
  case sharedPath
  /// The folder has another entry than a file under this name.
  case obstructed(TreeEntry.Kind)
  /// The bucket does not have the object or the version.
  case missing
  /// The object has other bytes than those that were stored.
  case otherBytes
  /// The ledger and the record have different digests.
  case contradicted
  /// The file never arrived in the bucket; `reason` says why.
  case notInBucket(reason: String)
  /// The store does not return the object.
  case store(StoreError)
  /// The disk has no room for the file.
  case diskFull
  /// The disk refuses the file; `reason` is the system's message.
  case disk(reason: String)

  /// True if every file of the run meets the same failure.
  public var concernsEveryFile: Bool {
    switch self {
    case .diskFull, .store(.noSuchBucket), .store(.accessDenied), .store(.clockSkew), .store(.tls): true
    default: false
    }
  }

  /// True if the store did not answer.
  var isSilence: Bool {
    switch self {
    case .store(.unavailable), .store(.timeout), .store(.throttled): true
    default: false
    }
  }

  init(_ error: StoreError) { self = error == .notFound ? .missing : .store(error) }

  /// The failure of a system call with this error number.
  init(errno code: Int32) {
    self = [ENOSPC, EDQUOT].contains(code) ? .diskFull : .disk(reason: message(code))
  }
}

extension RestoreFailure: CustomStringConvertible {
  /// The failure as text for terminals.
  public var description: String {
    switch self {
    case .unsafePath: "the path could lead out of the folder"
    case .unknownPath: "no ledger and no metadata has the path; `stowage files download` reads the file"
    case .blocked(let name): "\(name) on the way is no folder"
    case .differs: "a file with other bytes is there: --overwrite replaces it"
    case .sharedPath:
      "another file has this path, too, and comes first; `stowage files download` reads this one"
    case .obstructed(let kind): "\(kind.words) is there"
    case .missing: "the bucket does not have the object"
    case .otherBytes: "the object in the bucket has other bytes than those that were stored"
    case .contradicted: "the ledger and the database have different digests"
    case .notInBucket(let reason): "not in the bucket: \(reason)"
    case .store(let error): error.description
    case .diskFull: "the disk is full"
    case .disk(let reason): reason
    }
  }
}
