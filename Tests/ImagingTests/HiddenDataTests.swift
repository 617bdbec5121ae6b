import Core
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// Images with an archive in every possible place, made by `hiding/hide.py`.
struct HiddenDataTests {
  @Test func `no original contains data hidden in its upload, and each shows the same pixels`() throws {
    let judging = try Judging()
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let python = here.appending(path: "../../.venv/bin/python").standardized.path
    let script = here.appending(path: "hiding/hide.py").path
    let count = LongRun.count(500, reduced: 70)
    let seed = Seeded.given ?? (LongRun.isWanted ? Int(Seeded.seed) : 1)
    try judging.folder.run(python, ["-B", script, "make", "\(count)", "\(seed)"])
    let names = try FileManager.default.contentsOfDirectory(atPath: judging.folder.path).sorted()
    #expect(names.count == count)
    for name in names {
      let ending = name.split(separator: ".").last.map(String.init) ?? ""
      let type = try #require(ending == "jpg" ? .jpeg : FileType(rawValue: ending))
      let answer = judging.answer(try judging.folder.bytes(name), as: type)
      guard let original = answer.renderings.last else {
        // An image with data in a place that no decoder reads may be refused.
        if !["late-alpha", "interval", "rescan"].contains(where: name.contains) {
          Issue.record("\(name) of seed \(seed): \(answer.reply.line)")
        }
        continue
      }
      try judging.folder.write(original, to: "out-\(name)")
      // Rendering the result again gives the same bytes.
      #expect(judging.answer(original, as: type).renderings.last == original, "\(name) of seed \(seed)")
    }
    let complaints = try judging.folder.run(python, ["-B", script, "check"])
    #expect(String(decoding: complaints, as: UTF8.self) == "", "seed \(seed)")
  }
}
