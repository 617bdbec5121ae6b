internal import Core

/// The coefficient bits that a JPEG's scans have transmitted so far.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (G.1.1.1)
struct JPEGProgress {
  /// The lowest transmitted bit by component and coefficient; nil if no bit was transmitted.
  private var lowest: [[Int?]]

  init(components: Int) { lowest = Array(repeating: Array(repeating: nil, count: 64), count: components) }

  /// Records that a scan transmits the bits of a component down to `after`.
  ///
  /// `before` is the lowest bit of earlier scans, or 0 in the first scan. Throws if an earlier scan transmitted the
  /// same bits: such a scan has no visible effect, so its codes could hold hidden data.
  mutating func take(_ band: ClosedRange<Int>, of component: Int, before: Int, after: Int) throws(Refusal) {
    let expected = before == 0 ? nil : before
    guard before == 0 || after == before - 1, band.allSatisfy({ lowest[component][$0] == expected }) else {
      throw Refusal(.unreadable, "a scan that gives what an earlier one gave")
    }
    for coefficient in band { lowest[component][coefficient] = after }
  }

  /// True if every bit of these coefficients was transmitted.
  func isWhole(_ band: ClosedRange<Int>, of component: Int) -> Bool {
    band.allSatisfy { lowest[component][$0] == 0 }
  }
}
