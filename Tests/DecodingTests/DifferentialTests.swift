import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

/// Damaged files that other programs still read whole are accepted: at least 99 of 100 of every kind.
///
/// In an ordinary run the seed is fixed, because 1 percent of few files is less than one file.
struct DifferentialTests {
  fileprivate static let seed = LongRun.isWanted ? Seeded.seed : UInt64(Seeded.given ?? 1)
  /// Two colours with a channel that differs more than this look different.
  private static let tolerance = 3.0
  /// The tolerance for means in a lossy rendering.
  private static let coarseTolerance = 6.0

  /// The mutants of a kind that another program reads whole, and what is wrong with some of them.
  private struct Tally {
    let kind: MutantKind
    let seeds: [Mutator.Seed]
    var whole = 0
    /// The mutants that are refused by a documented rule.
    var deliberate: [String: Int] = [:]
    var refused: [String] = []
    var unlike: [String] = []
    /// The number of accepted mutants with visible damage whose renderings look different.
    var odd = 0

    /// Notes a mutant in a list, and keeps its file.
    func noted(_ number: Int, _ mutant: Mutant, _ complaint: String) -> String {
      let folder = FileManager.default.temporaryDirectory.appending(path: "stowage-mutants-\(DifferentialTests.seed)")
      try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let path = folder.appending(path: "\(kind.name)-\(number).\(kind.type.fileExtension)")
      try? Data(mutant.bytes).write(to: path)
      return "\(path.path): \(complaint), from \(mutant.seed) by \(mutant.steps.joined(separator: " + "))"
    }

    mutating func refuse(_ number: Int, _ mutant: Mutant, _ outcome: MutantBench.Outcome) {
      let seed = seeds.first { $0.name == mutant.seed }?.bytes ?? []
      if let rule = DeliberateRefusal(mutant.bytes, seed: seed, kind.type) {
        deliberate[rule.rawValue, default: 0] += 1
        whole -= 1
      } else {
        refused.append(noted(number, mutant, outcome.word))
      }
    }

    var report: String {
      let rules = deliberate.map { "; \($0.value) more refused on purpose: \($0.key)" }.sorted().joined()
      return "\(whole) read whole by the other program, \(refused.count) of them refused" + rules
    }
  }

  @Test(.enabled(if: MutantBrowser.program != nil, "chromium is not installed"))
  func `of the damaged images that Chromium shows whole, nearly all are ready, and their renderings look alike`() throws
  {
    let folder = try ScratchFolder()
    let browser = try MutantBrowser(folder: folder)
    for kind in MutantKind.all where kind.type.isImage && kind.isShownByBrowsers {
      let seeds = try kind.seeds()
      for seed in seeds { try folder.write(seed.bytes, to: seed.name) }
      try compare(kind, seeds, folder, browser)
    }
    try browser.close()
  }

  private func compare(_ kind: MutantKind, _ seeds: [Mutator.Seed], _ folder: ScratchFolder, _ browser: MutantBrowser)
    throws
  {
    let count = LongRun.count(1000, reduced: 50)
    let bench = try MutantBench()
    var tally = Tally(kind: kind, seeds: seeds)
    var ready = 0
    for first in stride(from: 0, to: count, by: 250) {
      var mutants: [(Mutant, MutantBench.Outcome)] = []
      var questions: [MutantBrowser.Question] = []
      for number in first..<min(count, first + 250) {
        var mutator = Mutator(kind.name, number: number, type: kind.type, seeds: seeds, weight: .light, seed: Self.seed)
        let mutant = mutator.draw()
        let outcome = try bench.judge(mutant.bytes, as: kind.type)
        mutants.append((mutant, outcome))
        questions.append(try written(mutant, outcome, number, kind, folder))
      }
      for (index, answer) in try browser.compare(questions).enumerated() {
        let (mutant, outcome) = mutants[index]
        let isWhole = answer.seed.map { $0 <= Self.tolerance } ?? false
        if isWhole { tally.whole += 1 }
        if case .ready = outcome {
          ready += 1
          let isAlike = (answer.original ?? 255) <= Self.tolerance && (answer.medium ?? 255) <= Self.coarseTolerance
          if isWhole && !isAlike { tally.unlike.append(tally.noted(first + index, mutant, "\(answer)")) }
          if !isWhole && answer.isShown && !isAlike { tally.odd += 1 }
        } else if isWhole {
          tally.refuse(first + index, mutant, outcome)
        }
      }
    }
    print(
      "\(kind.name): \(count) mutants, \(ready) ready, \(tally.report);",
      "\(tally.unlike.count) with unlike renderings, \(tally.odd) of the damaged ones with unlike renderings"
    )
    #expect(
      100 * tally.refused.count <= tally.whole,
      "\(kind.name), seed \(Self.seed): \(tally.refused.joined(separator: "\n"))"
    )
    #expect(tally.unlike.isEmpty, "\(kind.name), seed \(Self.seed): \(tally.unlike.joined(separator: "\n"))")
  }

  /// Writes a mutant and its renderings, and returns their names.
  private func written(
    _ mutant: Mutant,
    _ outcome: MutantBench.Outcome,
    _ number: Int,
    _ kind: MutantKind,
    _ folder: ScratchFolder
  ) throws -> MutantBrowser.Question {
    let name = "\(number)-\(kind.name)"
    var question = MutantBrowser.Question(seed: mutant.seed, mutant: "\(name).\(kind.type.fileExtension)")
    try folder.write(mutant.bytes, to: question.mutant)
    guard case .ready(let decoded) = outcome else { return question }
    for rendering in decoded.renderings {
      let file = "\(name)-\(rendering.facts.name).\(rendering.facts.type.fileExtension)"
      try folder.write(rendering.bytes, to: file)
      if rendering.facts.name == .original { question.original = file }
      if rendering.facts.name == .medium { question.medium = file }
    }
    return question
  }

  @Test(.enabled(if: installed("qpdf") != nil, "qpdf is not installed"))
  func `of the damaged PDFs that qpdf reads without a warning, nearly all are ready`() throws {
    let kind = MutantKind(name: "pdf", type: .pdf)
    let (seeds, count) = (try kind.seeds(), LongRun.count(1000, reduced: 60))
    let folder = try ScratchFolder()
    let bench = try MutantBench()
    var tally = Tally(kind: kind, seeds: seeds)
    for number in 0..<count {
      var mutator = Mutator(kind.name, number: number, type: .pdf, seeds: seeds, weight: .light, seed: Self.seed)
      let mutant = mutator.draw()
      let path = try folder.write(mutant.bytes, to: "mutant.pdf")
      guard (try? folder.run("qpdf", ["--check", path])) != nil else { continue }
      tally.whole += 1
      let outcome = try bench.judge(mutant.bytes, as: .pdf)
      if case .ready = outcome { continue }
      tally.refuse(number, mutant, outcome)
    }
    print("pdf: \(count) mutants, \(tally.report)")
    #expect(100 * tally.refused.count <= tally.whole, "seed \(Self.seed): \(tally.refused.joined(separator: "\n"))")
  }
}

extension MutantKind {
  /// True for the image types whose original keeps the type of the upload and that Chromium shows.
  var isShownByBrowsers: Bool { !["heic", "avif"].contains(type.rawValue) }
}
