import ArgumentParser
import Assembly
import Core
import Database

/// The file that a command touches, and the user to whom it must belong.
struct ChosenFile: ParsableArguments {
  @Argument(help: "The file's identifier, or a key or URL that contains it.", transform: fileID)
  var file: FileID

  @Option(help: "Refuses files of everybody but this user.", transform: userID)
  var user: UserID?

  /// Returns the file's record; nil if it is unknown or belongs to another user.
  func record(in database: FileDatabase) throws(StorageError) -> FileRecord? {
    try database.file(file, ofNobodyBut: user)
  }

  /// Prints that the file is unknown, and returns the exit status.
  func unknown(_ app: Application) -> ExitCode {
    let owner = user.map { " of \($0)" } ?? ""
    Terminal.complain("no file \(file)\(owner) is known to this database (\(app.settings.database)).")
    return .failure
  }
}

/// The files that a command changes, and the user to whom they must belong.
struct ChosenFiles: ParsableArguments {
  @Argument(help: "The files' identifiers, or keys or URLs that contain them.", transform: fileID)
  var files: [FileID]

  @Option(help: "Refuses files of everybody but this user.", transform: userID)
  var user: UserID?

  /// Calls `body` with each file and prints the line that it returns; returns false if a file was not found or `body`
  /// threw an error.
  func change(
    in database: FileDatabase,
    _ body: (FileRecord) throws(StorageError) -> String
  ) throws(StorageError) -> Bool {
    var isDone = true
    for id in files {
      do throws(StorageError) {
        guard let file = try database.file(id, ofNobodyBut: user) else { throw .notFound }
        print("\(id)  \(try body(file))")
      } catch .notFound {
        isDone = false
        print("\(id)  not found\(user.map { " among the files of \($0)" } ?? "")")
      } catch .gone {
        isDone = false
        print("\(id)  gone: its bytes no longer exist")
      }
    }
    return isDone
  }
}

extension FileDatabase {
  /// Returns the record of a file; nil if it is unknown, or if `user` is given and not its owner.
  fileprivate func file(_ id: FileID, ofNobodyBut user: UserID?) throws(StorageError) -> FileRecord? {
    guard let file = try file(id), user == nil || file.user == user else { return nil }
    return file
  }
}
