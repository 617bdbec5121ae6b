//  send-files: sends a folder to a bucket, without ledger and database, for Benchmarks/migration.
//
//  Usage: send-files FOLDER BUCKET [threads]
//  STOWAGE_S3_URL, STOWAGE_S3_ACCESS_KEY and STOWAGE_S3_SECRET_KEY name the store.

import Foundation
import Migration
import S3
import Signing

@main
enum SendFiles {
  static func main() {
    let (arguments, environment) = (CommandLine.arguments, ProcessInfo.processInfo.environment)
    guard arguments.count >= 3, let url = environment["STOWAGE_S3_URL"], let endpoint = S3Endpoint(url),
      let access = environment["STOWAGE_S3_ACCESS_KEY"], let secret = environment["STOWAGE_S3_SECRET_KEY"]
    else { fail("usage: send-files FOLDER BUCKET [threads], with STOWAGE_S3_URL and keys") }
    let threads = arguments.count > 3 ? Int(arguments[3]) ?? 1 : SenderPool.usualThreads
    let credentials = Credentials(accessKeyID: access, secretAccessKey: secret)
    let store = S3Store(S3Configuration(endpoint: endpoint, credentials: credentials))
    var settings = SenderSettings()
    settings.requests = (threads, threads)
    settings.report = { print($0) }
    let sender = FileSender(store: store.forSending(connections: threads), bucket: arguments[2], settings: settings)
    let (pool, folder) = (SenderPool(sender, threads: threads), arguments[1])
    pool.run(
      producing: { add in
        guard let paths = FileManager.default.enumerator(atPath: folder) else { return }
        var number: Int64 = 0
        while let path = paths.nextObject() as? String {
          let whole = folder + "/" + path
          var status = stat()
          guard lstat(whole, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
          number += 1
          let metadata = ["original-filename": path.split(separator: "/").last.map(String.init) ?? ""]
          let file = FileToSend(id: number, key: path, metadata: metadata) { () throws(SendFailure) in
            let descriptor = open(whole, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .unreadable(detail: String(cString: strerror(errno))) }
            return descriptor
          }
          guard add(file) else { return }
        }
      },
      consuming: { results in
        for result in results {
          if case .failure(let failure) = result.outcome { fail("\(result.file.key): \(failure)") }
        }
      }
    )
    let progress = pool.progress
    print("\(progress.files) files, \(progress.bytes) bytes, \(progress.repetitions) repetitions")
  }

  private static func fail(_ text: String) -> Never {
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    exit(1)
  }
}
