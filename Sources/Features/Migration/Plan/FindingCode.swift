/// The kinds of findings of a migration, in the order of a report.
public enum FindingCode: String, Sendable, CaseIterable, Encodable {
  /// A folder that cannot be opened or read to its end.
  case unreadableFolder = "unreadable-folder"
  /// A file that cannot be examined or read.
  case unreadableFile = "unreadable-file"
  /// A file outside of every user's folder.
  case noUserFolder = "no-user-folder"
  /// A folder whose name is no user.
  case notAUser = "not-a-user"
  /// A file that is larger than the store takes.
  case tooLarge = "too-large"
  /// A folder whose path is longer than the limit.
  case tooDeep = "too-deep"
  /// A symbolic link.
  case symlink
  /// A device.
  case device
  /// A socket.
  case socket
  /// A named pipe.
  case pipe
  /// An entry that vanished during the walk.
  case vanished
  /// A folder that is also one of the folders above it.
  case loop
  /// A folder of another file system.
  case mountPoint = "mount-point"
  /// A key of more than 1,024 bytes.
  case keyTooLong = "key-too-long"
  /// A path that is not UTF-8.
  case notUnicode = "not-unicode"
  /// A path with empty components, `.` or `..`.
  case keySegments = "key-segments"
  /// A character that the store's lists cannot tell.
  case untellable = "untellable-character"
  /// A key that has the form of a key that Stowage makes.
  case keyReserved = "key-reserved"
  /// A name under which the store cannot keep an object.
  case unstorable = "name-not-storable"
  /// A key of a source bucket with empty segments, `.` or `..`.
  case keyUnreadable = "key-not-readable"
  /// A key whose normalisation the store changes.
  case notNormalised = "not-normalised"
  /// A key that another file already has.
  case keyTaken = "key-taken"
  /// A key that an object of somebody else, or a file of another migration, has.
  case rekeyed
  /// A file that was sent again since the bucket had lost it, with other bytes than before.
  case otherBytes = "other-bytes-than-lost"
  /// A folder that was the root of another file system at an earlier walk, and is none now.
  case unmounted
  /// Names that differ only in case.
  case sameButForCase = "same-but-for-case"
  /// Names that differ only in Unicode normalisation.
  case sameButForNormalisation = "same-but-for-normalisation"
  /// A file name that Stowage shows in another form.
  case nameReplaced = "name-replaced"
  /// A file with several names.
  case hardLink = "hard-link"
  /// A file with holes.
  case sparse
  /// A file without any bytes.
  case empty

  init(_ obstacle: MigrationKey.Obstacle) {
    self =
      switch obstacle {
      case .tooLong: .keyTooLong
      case .notUnicode: .notUnicode
      case .segments: .keySegments
      case .untellable: .untellable
      case .reserved: .keyReserved
      case .notNormalised: .notNormalised
      case .unstorable: .unstorable
      }
  }

  init(_ kind: TreeFinding.Kind) {
    self =
      switch kind {
      case .special(.symlink): .symlink
      case .special(.socket): .socket
      case .special(.pipe): .pipe
      case .special: .device
      case .unreadableFolder: .unreadableFolder
      case .unreadableFile: .unreadableFile
      case .mountPoint: .mountPoint
      case .loop: .loop
      case .vanished: .vanished
      case .tooDeep: .tooDeep
      }
  }

  /// True if the entry stays on the disk only.
  public var staysBehind: Bool {
    switch self {
    case .unreadableFolder, .unreadableFile, .noUserFolder, .notAUser, .tooLarge, .tooDeep, .symlink, .device, .socket,
      .pipe, .loop, .keyUnreadable:
      true
    default: false
    }
  }

  /// The finding as the subject of a sentence in a report.
  public var words: String {
    switch self {
    case .unreadableFolder: "folders that cannot be read"
    case .unreadableFile: "files that cannot be read"
    case .noUserFolder: "files outside of every user's folder"
    case .notAUser: "files in folders whose name is no user"
    case .tooLarge: "files that are larger than the store takes"
    case .tooDeep: "folders whose path has more than \(TreeWalk.maximumPathBytes) bytes"
    case .symlink: "symbolic links"
    case .device: "devices"
    case .socket: "sockets"
    case .pipe: "named pipes"
    case .vanished: "entries that vanished during the walk"
    case .loop: "folders that lead back to a folder above them"
    case .mountPoint: "folders of another file system"
    case .keyTooLong: "files whose key would have more than 1,024 bytes"
    case .notUnicode: "files whose path is not UTF-8"
    case .keySegments: "files whose path has empty components, . or .."
    case .untellable: "files with a character that the store's lists cannot tell"
    case .keyReserved: "files whose key would look like a key of Stowage"
    case .keyUnreadable: "objects whose key has empty segments, . or .."
    case .unstorable: "files whose name the store cannot keep"
    case .notNormalised: "files whose key the store would normalise"
    case .keyTaken: "files whose key another file has"
    case .rekeyed: "files whose key an object or file from elsewhere has"
    case .otherBytes: "files that the bucket lost, and that have other bytes on the disk now"
    case .unmounted: "folders where an earlier walk found another file system"
    case .sameButForCase: "files whose paths differ only in case"
    case .sameButForNormalisation: "files whose paths differ only in Unicode normalisation"
    case .nameReplaced: "files whose name Stowage shows in another form"
    case .hardLink: "files with several names (hard links)"
    case .sparse: "files with holes (sparse files)"
    case .empty: "files without any bytes"
    }
  }

  /// The reason why a file of the ledger stays on the disk only.
  var reason: String {
    switch self {
    case .noUserFolder: "it is outside of every user's folder"
    case .notAUser: "the name of its folder is no user"
    case .tooLarge: "it is larger than the store takes"
    default: words
    }
  }

  /// The treatment of such entries as a sentence.
  public var treatment: String {
    switch self {
    case .unreadableFolder, .unreadableFile: "They stay behind: give the migration permission to read them."
    case .noUserFolder, .notAUser: "They stay behind: name their users with --users or --user-from."
    case .tooLarge, .tooDeep: "They stay behind."
    case .symlink: "They are not followed, and stay behind."
    case .device, .socket, .pipe: "They are not opened, and stay behind."
    case .vanished: "Nothing is done about them."
    case .loop: "They are not entered."
    case .mountPoint: "They are part of the migration."
    case .keyTooLong, .notUnicode, .keySegments, .untellable, .keyReserved, .notNormalised, .keyTaken, .rekeyed:
      "Their key is made from their file identifier; the ledger and the metadata keep their path."
    case .keyUnreadable: "They stay behind, since programs resolve such keys differently: copy them to other keys."
    case .unstorable: FindingCode.keyTooLong.treatment
    case .otherBytes:
      "They are sent with the bytes of the disk, though length and time are those of before: look at these files."
    case .unmounted: "Nothing below them counts as deleted: mount them again, or permit it with --deleted-limit 100."
    case .sameButForCase: "Each is a separate object, since keys differ in case."
    case .sameButForNormalisation:
      "Each is a separate object; a store that normalises keys gets the path in Normalization Form C alone as a key."
    case .nameReplaced: "Their record has a valid name; the ledger and the key or the metadata keep the name as it was."
    case .hardLink: "Each name is stored once, as a separate file."
    case .sparse: "They are stored with their whole length, in which the holes are zeros."
    case .empty: "They are stored as empty objects."
    }
  }
}
