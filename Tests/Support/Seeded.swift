internal import Foundation
internal import Synchronization

/// Random inputs of a test that can be drawn again: `STOWAGE_TEST_SEED` names the seed of an earlier run.
///
/// Each name draws its own sequence, whatever else runs. Where threads race, the inputs repeat; their interleaving does not.
public struct Seeded: RandomNumberGenerator, Sendable {
  /// The number in `STOWAGE_TEST_SEED`, from 0 to 4,294,967,295; nil where it is not set.
  ///
  /// Generators whose ordinary seed is fixed take this one instead.
  public static let given: Int? = {
    guard let text = ProcessInfo.processInfo.environment["STOWAGE_TEST_SEED"] else { return nil }
    guard let seed = UInt32(text) else { preconditionFailure("STOWAGE_TEST_SEED: \(text) is no number of 32 bits") }
    return Int(seed)
  }()

  /// The seed of this run: the given one, or a number that is drawn and printed at the first use.
  public static let seed: UInt64 = {
    let seed = UInt64(given ?? .random(in: 0..<1 << 32))
    print("random inputs: STOWAGE_TEST_SEED=\(seed) draws them again")
    return seed
  }()

  private static let shared = Mutex(Seeded("shared"))

  private var state: UInt64

  /// The sequence of this name in a run of this seed.
  public init(_ name: String, seed: UInt64 = Seeded.seed) {
    // FNV-1a keeps the sequences of two names apart.
    // Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-17
    let basis = 0xCBF2_9CE4_8422_2325 ^ seed
    state = name.utf8.reduce(basis) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// SplitMix64.
  ///
  /// Source: https://prng.di.unimi.it/splitmix64.c
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number of the one sequence that all callers share; which caller draws which number depends on their order.
  public static func number(in range: Range<Int>) -> Int {
    shared.withLock { generator in Int.random(in: range, using: &generator) }
  }
}
