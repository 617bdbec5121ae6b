import Foundation
import TestSupport
import Testing

@testable import Operations

extension DoctorTests {
  @Test func `a folder for old URLs is a warning, because its files are not scanned`() throws {
    node.changes["STOWAGE_OLD_URLS_FOLDER"] = node.folder.path
    try expectOne(.warning, "old urls", node.folder.path, "not scanned", advice: "STOWAGE_OLD_URLS_FOLDER=none")
  }

  @Test(arguments: ["gone", "file"]) func `a folder for old URLs that cannot be read`(name: String) throws {
    try node.folder.write([], to: "file")
    node.changes["STOWAGE_OLD_URLS_FOLDER"] = node.folder.file(name)
    let words = name == "gone" ? "No such file or directory" : "Not a directory"
    try expectOne(.bad, "old urls", words, advice: "STOWAGE_OLD_URLS_FOLDER=none")
  }
}
