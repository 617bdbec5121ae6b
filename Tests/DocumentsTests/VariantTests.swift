import Core
import Foundation
import TestSupport
import Testing

@testable import Documents

/// Generated documents in many spellings, compared with the findings of another reader.
struct VariantTests {
  private struct Opinion: Decodable {
    let acts: Bool
    /// True if the document is meant to act.
    ///
    /// A reader may disagree if it ignores the element around the action.
    let meant: Bool
    let recipe: String
  }

  @Test func `no document that another reader sees act is accepted, and no harmless one is refused`() throws {
    let count = LongRun.count(1000, reduced: 60)
    let folder = try ScratchFolder()
    try Python.run("variants.py", ["\(Seeded.given ?? LongRun.count(2, reduced: 1))", "\(count)"], in: folder)
    let opinions = try JSONDecoder().decode([String: Opinion].self, from: Data(folder.bytes("oracle.json")))
    #expect(opinions.count == count)
    #expect(opinions.values.filter(\.acts).count > count / 2)
    for (name, opinion) in opinions.sorted(by: { $0.key < $1.key }) {
      let type = try #require(name.split(separator: ".").last.flatMap { FileType(rawValue: String($0)) })
      let found = verdict(try folder.bytes(name), as: type)
      let isRight = found == "accepted" ? !opinion.acts : ["active", "macros"].contains(found) && opinion.meant
      #expect(isRight, "\(name): \(found), by \(opinion.recipe)")
    }
  }

  @Test func `documents of real programs are accepted, with all their features`() throws {
    let folder = try ScratchFolder()
    try Python.run("honest_office.py", [], in: folder)
    #expect(try judgeAll(in: folder) >= 140)
  }

  @Test(
    .enabled(if: LongRun.isWanted && Python.officeProgram != nil, "needs STOWAGE_LONG=1, and LibreOffice's soffice")
  )
  func `documents converted by LibreOffice are accepted, in its own formats and in Office's`() throws {
    let folder = try ScratchFolder()
    let program = try #require(Python.officeProgram)
    try Python.run("honest_office.py", ["--office-program", program], in: folder)
    #expect(try judgeAll(in: folder) >= 200)
  }

  /// Checks all documents in the folder and returns their number; each must be accepted.
  private func judgeAll(in folder: ScratchFolder) throws -> Int {
    var count = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      guard let type = name.split(separator: ".").last.flatMap({ FileType(rawValue: String($0)) }), !type.isImage else {
        continue
      }
      #expect(verdict(try folder.bytes(name), as: type) == "accepted", "\(name)")
      count += 1
    }
    return count
  }
}
