import Storage
import Synchronization
import TestSupport
import Testing

@testable import Migration

/// Keeps the progress of a sender at the end of an upload in parts.
private final class ProgressJournal: MultipartJournal {
  let sender = Mutex<FileSender?>(nil)
  let seen = Mutex<SendProgress?>(nil)

  func began(_ upload: UploadID, partSize: Int64, of file: FileToSend) {}
  func stored(_ part: SentPart, of upload: UploadID, _ file: FileToSend) {}
  func ended(_ upload: UploadID, of file: FileToSend) {
    let progress = sender.withLock { $0?.meter.progress }
    seen.withLock { $0 = progress }
  }
}

@Suite struct SendProgressTests {
  private static let size = 12 << 20

  @Test func `the parts of a file under way count, and the whole file counts once`() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(pattern(Self.size), to: "large")
    let journal = ProgressJournal()
    let sender = FileSender(store: try memoryStore(), bucket: "raw", settings: .small, journal: journal)
    journal.sender.withLock { $0 = sender }
    let pool = SenderPool(sender)
    pool.run(producing: { add in _ = add(FileToSend(at: path)) }) { results in
      #expect(results.allSatisfy { (try? $0.outcome.get()) != nil })
    }
    let seen = try #require(journal.seen.withLock { $0 })
    #expect(seen.files == 0 && seen.bytes == Self.size)
    #expect(pool.progress.files == 1 && pool.progress.bytes == Self.size)
  }
}
