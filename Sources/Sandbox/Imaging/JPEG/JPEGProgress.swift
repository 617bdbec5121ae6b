internal import Core

/// Which bits of its coefficients a JPEG's scans have given so far.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (G.1.1.1)
struct JPEGProgress {
  /// By component and coefficient, the lowest bit that was given; nil where none was.
  private var lowest: [[Int?]]

  init(components: Int) { lowest = Array(repeating: Array(repeating: nil, count: 64), count: components) }

  /// Notes what a scan gives of a component, down to the bit `after`; `before` is the lowest bit of earlier scans, or 0 in
  /// the first.
  ///
  /// Throws where an earlier scan gave the same: such a scan shows nothing, and its codes can spell anything.
  mutating func take(_ band: ClosedRange<Int>, of component: Int, before: Int, after: Int) throws(Refusal) {
    let expected = before == 0 ? nil : before
    guard before == 0 || after == before - 1, band.allSatisfy({ lowest[component][$0] == expected }) else {
      throw Refusal(.unreadable, "a scan that gives what an earlier one gave")
    }
    for coefficient in band { lowest[component][coefficient] = after }
  }

  /// Whether every bit of these coefficients was given.
  func isWhole(_ band: ClosedRange<Int>, of component: Int) -> Bool {
    band.allSatisfy { lowest[component][$0] == 0 }
  }
}
