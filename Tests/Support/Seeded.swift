internal import Foundation
internal import Synchronization

/// Repeatable random inputs of a test: `STOWAGE_TEST_SEED` sets the seed of an earlier run.
///
/// Each name has a separate sequence, independent of other tests. If threads race, the inputs repeat, but not their
/// interleaving.
public struct Seeded: RandomNumberGenerator, Sendable {
  /// The number in `STOWAGE_TEST_SEED`, from 0 to 4,294,967,295; nil if the variable is not set.
  ///
  /// Generators with a fixed seed use this seed instead.
  public static let given: Int? = {
    guard let text = ProcessInfo.processInfo.environment["STOWAGE_TEST_SEED"] else { return nil }
    guard let seed = UInt32(text) else { preconditionFailure("STOWAGE_TEST_SEED: \(text) is no number of 32 bits") }
    return Int(seed)
  }()

  /// The seed of this run, printed at the first use: the given one, the one that `script/test` drew for its processes
  /// (`STOWAGE_DRAWN_SEED`), or a random number.
  public static let seed: UInt64 = {
    let drawn = ProcessInfo.processInfo.environment["STOWAGE_DRAWN_SEED"].flatMap { UInt32($0) }.map(Int.init)
    let seed = UInt64(given ?? drawn ?? .random(in: 0..<1 << 32))
    print("random inputs: STOWAGE_TEST_SEED=\(seed) draws them again")
    return seed
  }()

  private static let shared = Mutex(Seeded("shared"))

  private var state: UInt64

  /// The sequence of this name in a run with this seed.
  public init(_ name: String, seed: UInt64 = Seeded.seed) {
    // FNV-1a gives different names different sequences.
    // Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-17
    let basis = 0xCBF2_9CE4_8422_2325 ^ seed
    state = name.utf8.reduce(basis) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Returns the next number of the SplitMix64 generator.
  ///
  /// Source: https://prng.di.unimi.it/splitmix64.c
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Returns a number of the sequence that all callers share, so the number depends on the order of the callers.
  public static func number(in range: Range<Int>) -> Int {
    shared.withLock { generator in Int.random(in: range, using: &generator) }
  }
}
