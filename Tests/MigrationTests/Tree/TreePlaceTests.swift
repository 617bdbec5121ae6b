import Foundation
import TestSupport
import Testing

@testable import Migration

@Suite struct TreePlaceTests {
  private let scratch: ScratchFolder
  private let tree: TreeRoot

  init() throws {
    scratch = try ScratchFolder()
    for folder in ["srv/uploads/ada", "srv/other"] {
      try FileManager.default.createDirectory(atPath: scratch.file(folder), withIntermediateDirectories: true)
    }
    try #require(symlink(scratch.file("srv/uploads/ada"), scratch.file("link")) == 0)
    tree = try TreeRoot(scratch.file("srv/uploads"))
  }

  @Test(arguments: [
    "srv/uploads", "srv/uploads/ada", "srv/uploads/new/er", "srv/uploads/report.json", "link", "link/x",
  ])
  func `a place in the tree is refused, by whatever name`(path: String) throws {
    let path = scratch.file(path)
    let error = #expect(throws: TreePlaceError.self) { try tree.requireOutside(path) }
    #expect(throws: TreePlaceError.self) { try tree.requireApart(path) }
    #expect(error?.description.hasPrefix("\(path) is in the folder ") == true)
  }

  @Test(arguments: ["srv/other", "srv/new", "srv/other/report.json", "srv/uploads2", "srv/uploads/../back"])
  func `a place beside the tree is accepted`(path: String) throws {
    try tree.requireOutside(scratch.file(path))
    try tree.requireApart(scratch.file(path))
  }

  @Test func `a folder with the tree in it gets no restored tree, and may have reports`() throws {
    for path in [scratch.file("srv"), scratch.path, "/"] {
      try tree.requireOutside(path)
      let error = #expect(throws: TreePlaceError.self) { try tree.requireApart(path) }
      #expect(error?.description.contains("is in \(path)") == true)
    }
  }
}
