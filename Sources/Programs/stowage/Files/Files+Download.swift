import ArgumentParser
import Assembly
import Catalog
import Core
import Database
import Foundation
import Glibc

extension Files {
  struct Download: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a file's checked bytes to a local file.",
      discussion: """
        The command reads the version that passed every check, compares its size and SHA-256 with the record, and then gives \
        the local file its name. It replaces no existing file. Files that are ready, and deleted files that were ready, can \
        be downloaded.

        Exit status: 0 the local file is complete; 1 it was not written; 130 Ctrl-C stopped it.

        Examples:
          stowage files download 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15
          stowage files download 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15 --user alice --output /tmp/report.pdf
          stowage files download 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15 --output - | sha256sum
        """
    )

    @OptionGroup var chosen: ChosenFile

    @Option(
      name: .shortAndLong,
      help: "The path of the local file, or - for standard output; default: the file's name."
    )
    var output: String?

    func run() throws {
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      var found: FileRecord?
      do {
        try orExplain {
          found = try chosen.record(in: app.database)
          if let found { try download(found, by: app, signals) }
        }
      } catch  where signals.isTriggered {
        throw ExitCode(SignalTrap.status)
      }
      if found == nil { throw chosen.unknown(app) }
    }

    private func download(_ file: FileRecord, by app: Application, _ signals: SignalTrap) throws(StorageError) {
      let export = FileExport(store: try app.store, bucket: app.settings.buckets.raw)
      let target = if let output { try LocalFile(output) } else { try LocalFile(Self.localName(of: file)) }
      let progress = Progress()
      defer { progress.clear() }
      var written: Int64 = 0
      try export.read(file) { (bytes) throws(StorageError) in
        guard !signals.isTriggered else { throw .unavailable(detail: "stopped; nothing was written") }
        try target.append(bytes)
        written += Int64(bytes.count)
        progress.show("\(Wording.bytes(written)) of \(Wording.bytes(file.size ?? 0))")
      }
      try target.finish()
      progress.clear()
      if let path = target.path { print("\(Wording.printable(path)): \(Wording.bytes(written)), as it was checked.") }
    }

    /// Returns the local name of a file; throws `invalidRequest` for a name that a shell would hide.
    private static func localName(of file: FileRecord) throws(StorageError) -> String {
      let name = file.type?.savedName(file.filename) ?? file.filename
      guard !name.hasPrefix(".") else {
        throw .invalidRequest("the file's name begins with a dot: name the local file with --output")
      }
      return "./\(name)"
    }
  }
}

/// A local file that appears under its name when it is complete; or standard output.
private final class LocalFile {
  /// The path; nil for standard output.
  let path: String?
  private let descriptor: Int32

  /// Creates an unnamed file beside `path`; `-` is standard output.
  ///
  /// Throws `invalidRequest` if the path exists or its folder cannot be written.
  /// Source: https://man7.org/linux/man-pages/man2/open.2.html (O_TMPFILE)
  init(_ path: String) throws(StorageError) {
    guard path != "-" else {
      self.path = nil
      descriptor = STDOUT_FILENO
      return
    }
    self.path = path
    guard access(path, F_OK) != 0 else { throw .invalidRequest("\(path) exists: name another file with --output") }
    let temporaryFile: Int32 = 0o20_200_000
    let folder = URL(filePath: path).deletingLastPathComponent().path
    descriptor = open(folder, temporaryFile | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .invalidRequest("\(path): \(String(cString: strerror(errno)))") }
  }

  deinit { if path != nil { close(descriptor) } }

  func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw .unavailable(detail: "local file: \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(written)
    }
  }

  /// Gives the file its name.
  func finish() throws(StorageError) {
    guard let path else { return }
    guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
      throw .invalidRequest("\(path): \(String(cString: strerror(errno)))")
    }
  }
}
