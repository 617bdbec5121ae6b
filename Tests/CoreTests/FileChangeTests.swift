import Core
import Foundation
import Testing

@Suite struct FileChangeTests {
  private func refusal(_ name: String, over old: String = "photo.jpg", type: UploadType? = .checked(.jpeg)) -> Bool {
    do throws(StorageError) {
      try FileChange(filename: name, visibility: nil).check(against: old, of: type)
      return false
    } catch {
      return true
    }
  }

  @Test(arguments: ["photo.png", "photo.PDF", ".gif", "photo.jpg.docx"])
  func `a new name with the extension of another type is refused`(name: String) { #expect(refusal(name)) }

  @Test(arguments: ["photo.jpeg", "photo", "PHOTO.JPG", "photo.2026", "photo.png.jfif", "….jpg", "photo.png "])
  func `a new name with an extension of its type, or none, is accepted`(name: String) { #expect(!refusal(name)) }

  @Test func `the original extension of a file may stay`() {
    #expect(!refusal("other.png", over: "photo.png"))
    #expect(refusal("other.png", over: "photo.gif") && !refusal("other.png", type: nil))
  }

  @Test(arguments: HostileChange.names)
  func `a new name follows the same rules as a claim's`(name: String) {
    #expect(throws: StorageError.self) { try FileChange(filename: name, visibility: nil) }
  }

  @Test func `a change needs a name or a visibility, and visibility has three values`() {
    #expect(throws: StorageError.self) { try FileChange(filename: nil, visibility: nil) }
    #expect(throws: StorageError.self) { try FileChange(filename: nil, visibility: "Public") }
    #expect(throws: Never.self) { try FileChange(filename: nil, visibility: "premium") }
  }

  @Test func `a file can be changed while it is pending, received or ready`() {
    #expect(FileState.allCases.filter(\.isChangeable) == [.pending, .received, .ready])
  }

  @Test func `a deleted file is kept for thirty days`() {
    let deletion = Date(timeIntervalSince1970: 1_800_000_000)
    #expect(Retention.end(ofFileDeletedAt: deletion) == deletion + 2_592_000)
    #expect(Retention.cutoff(at: deletion + 2_592_000) == deletion)
  }
}

private enum HostileChange {
  static let names = [
    "", ".", "..", "a/b.jpg", "a\\b.jpg", "a\r\nb.jpg", "gpj.\u{202E}fdp.jpg", String(repeating: "a", count: 256),
  ]
}
