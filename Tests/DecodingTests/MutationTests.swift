import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

/// Files that are damaged at random neither crash nor hang a decoder, and accepted ones come out clean.
struct MutationTests {
  private static let count = LongRun.count(3000, reduced: 200)

  @Test(arguments: MutantKind.all)
  func `damaged files do not break a decoder, and a delivered image is accepted again`(kind: MutantKind) throws {
    let seeds = try kind.seeds()
    try #require(!seeds.isEmpty, "Python/seeds.py writes no \(kind.name)")
    let bench = try MutantBench()
    for seed in seeds {
      let outcome = try bench.judge(seed.bytes, as: kind.type)
      guard case .ready = outcome else { throw Unexpected("\(seed.name): \(outcome.word)") }
    }
    var counts: [String: Int] = [:]
    for number in 0..<Self.count {
      var mutator = Mutator(kind.name, number: number, type: kind.type, seeds: seeds, weight: .heavy)
      let mutant = mutator.draw()
      let outcome = try bench.judge(mutant.bytes, as: kind.type)
      counts[outcome.word, default: 0] += 1
      switch outcome {
      case .refused, .limited: break
      case .broken(let detail): report(kind, number, mutant, detail)
      case .ready(let decoded): try check(decoded, with: bench, kind, number, mutant)
      }
    }
    let list = counts.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    print(
      "\(kind.name): \(Self.count) mutants, \(list); \(bench.longest) at most"
    )
  }

  /// Feeds delivered images back.
  private func check(_ decoded: Decoded, with bench: MutantBench, _ kind: MutantKind, _ number: Int, _ mutant: Mutant)
    throws
  {
    for rendering in decoded.renderings where LongRun.isWanted || rendering.facts.name == .original {
      let again = try bench.judge(rendering.bytes, as: rendering.facts.type)
      guard case .ready(let second) = again else {
        report(kind, number, mutant, "its \(rendering.facts.name) is \(again.word)")
        continue
      }
      let facts = second.image
      if (facts.width, facts.height) != (rendering.facts.width, rendering.facts.height) {
        report(kind, number, mutant, "its \(rendering.facts.name) has another size")
      }
      guard rendering.facts.name == .original else { continue }
      if facts.frames != decoded.image.frames { report(kind, number, mutant, "its original has other frames") }
      if second.renderings.first(where: { $0.facts.name == .original })?.bytes != rendering.bytes {
        report(kind, number, mutant, "its original changes when it is uploaded again")
      }
    }
  }

  private func report(_ kind: MutantKind, _ number: Int, _ mutant: Mutant, _ complaint: String) {
    let name = "stowage-mutant-\(Seeded.seed)-\(kind.name)-\(number).\(kind.type.fileExtension)"
    let path = FileManager.default.temporaryDirectory.appending(path: name)
    try? Data(mutant.bytes).write(to: path)
    let option = LongRun.isWanted ? "--long " : ""
    Issue.record(
      """
      \(kind.name) \(number) of seed \(Seeded.seed): \(complaint)
      it comes from \(mutant.seed) by \(mutant.steps.joined(separator: ", "))
      the file is \(path.path); to repeat: STOWAGE_TEST_SEED=\(Seeded.seed) script/test \(option)--filter MutationTests
      """
    )
  }
}
