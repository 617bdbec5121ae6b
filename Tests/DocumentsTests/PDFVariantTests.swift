import Core
import Foundation
import TestSupport
import Testing

@testable import Documents

/// Hundreds of generated PDFs; the generators are the Python programs beside these tests.
struct PDFVariantTests {
  /// The findings of other PDF readers for a generated file, and the recipe that made the file.
  private struct Seen: Decodable {
    let recipe: String
    /// By the reader's name; nil if the reader cannot parse the file.
    let seen: [String: [String]?]

    var acts: Bool { seen.values.contains { $0?.isEmpty == false } }
  }

  private func run(_ script: String, _ arguments: String...) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try Python.run(script, arguments, in: folder)
    return folder
  }

  private func names(_ folder: ScratchFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".pdf") }.sorted()
  }

  @Test func `a PDF that another reader sees act is not accepted, and its harmless twin is`() throws {
    let count = LongRun.count(600, reduced: 50)
    // A recipe begins with seed and number: `pdfs.py SEED COUNT` makes the same files again.
    let folder = try run("pdfs.py", Seeded.given.map(String.init) ?? "stowage", "\(count)")
    let seen = try JSONDecoder().decode([String: Seen].self, from: Data(try folder.bytes("seen.json")))
    var acting = 0
    for name in try names(folder) {
      let file = try #require(seen[name])
      let answer = verdict(try folder.bytes(name), as: .pdf)
      if file.acts { acting += 1 }
      #expect(answer == (file.acts ? "active" : "accepted"), "\(file.recipe), \(name): \(file.seen)")
    }
    #expect(acting > count * 9 / 10)
  }

  @Test func `PDFs of real programs are accepted, and embedded content is noticed`() throws {
    let folder = try run("honest_pdfs.py")
    let files = try names(folder)
    #expect(files.count > 100)
    for name in files { try expectHonest(name, folder) }
  }

  @Test(
    .enabled(if: LongRun.isWanted, "only with STOWAGE_LONG=1"),
    .enabled(if: Python.officeProgram != nil, "LibreOffice is not installed")
  )
  func `PDFs of LibreOffice are accepted`() throws {
    let folder = try run("honest_pdfs.py", "soffice")
    let files = try names(folder)
    #expect(files.count >= 12)
    for name in files { try expectHonest(name, folder) }
  }

  private func expectHonest(_ name: String, _ folder: ScratchFolder) throws {
    let expected = name.hasSuffix(".passive.pdf") ? "passive" : "accepted"
    #expect(verdict(try folder.bytes(name), as: .pdf) == expected, "\(name)")
  }

  @Test func `no PDF takes much longer to check than the slowest real PDF of 50 MB`() throws {
    // The real PDFs are a fifth as large in a reduced run, so the time limit is a fifth too.
    let part = LongRun.count(1, reduced: 5)
    let folder = try run("costly_pdfs.py", "\(part)")
    var honest = Duration.zero
    var costs: [(name: String, cost: Duration)] = []
    for name in try names(folder) {
      let bytes = try folder.bytes(name)
      let start = Self.now()
      let answer = verdict(bytes, as: .pdf)
      let cost = Self.now() - start
      if name.hasPrefix("honest-") {
        #expect(answer == "accepted", "\(name)")
        honest = max(honest, cost)
      } else {
        costs.append((name, cost))
      }
    }
    #expect(costs.count > 20)
    for (name, cost) in costs {
      #expect(cost < honest * part * 4, "\(name): \(cost), the longest honest one \(honest) times \(part)")
    }
  }

  /// Returns this thread's processor time.
  private static func now() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
