import Core
import Database
import FastCGI
import Foundation
import Synchronization
import TestSupport
import Testing

/// A database in a temporary folder with the user "ann".
struct ReportingFixture {
  let folder: ScratchFolder
  let database: FileDatabase
  let user: UserID

  static let now = Date(timeIntervalSince1970: 1_800_000_000)

  init() throws {
    folder = try ScratchFolder()
    database = try FileDatabase(path: folder.file("stowage.sqlite"))
    user = try #require(UserID("ann"))
    _ = try database.user(user, plan: .standard, quotaBytes: 100_000, at: Self.now)
  }

  /// Stores a pending file of this name and returns its identifier.
  func pending(_ filename: String = "photo.jpg") throws -> FileID {
    let claim = try UploadClaim(
      filename: filename,
      size: 10,
      contentType: "image/jpeg",
      visibility: "public",
      policy: UploadPolicy()
    )
    let key = RawKey(user: user, file: FileID(at: Self.now), type: .jpeg)
    let upload = NewUpload(key: key, claim: claim, expiresAt: Self.now + 900)
    try #require(try database.reserve(upload, at: Self.now) == .reserved)
    return key.file
  }

  /// Stores a file whose check failed for good, with this error.
  func failed(_ filename: String, error: String, at now: Date = Self.now) throws -> FileID {
    let file = try pending(filename)
    _ = try database.enqueue(for: [file], at: Self.now)
    let job = try #require(try database.leaseJob(.process, of: file, seconds: 60, at: now))
    try #require(try database.fail(job, error: error, at: now))
    return file
  }
}

/// A FastCGI server that gives one answer to every request, after a pause.
final class OneAnswer: Sendable {
  private let server: Server
  private let isOver = DispatchSemaphore(value: 0)

  init(at socket: String, status: Int, body: String, pause: useconds_t = 0) throws {
    var settings = Server.Settings()
    settings.threads = 1
    settings.endsOnSignals = false
    let server = Server(listener: .path(socket, mode: 0o600), settings: settings)
    self.server = server
    let isReady = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [isOver] in
      do {
        try server.run(ready: { isReady.signal() }) { _ in
          usleep(pause)
          return Response(status: status, body: .bytes(Array(body.utf8)))
        }
      } catch {
        Issue.record(error)
        isReady.signal()
      }
      isOver.signal()
    }
    isReady.wait()
  }

  func stop() {
    server.stop()
    isOver.wait()
  }
}
