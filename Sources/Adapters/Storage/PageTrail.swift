/// The way through a listing, page by page, to its end: one that leads in a circle is an error.
///
/// Of all tokens it keeps two at most, so a listing may be of any length.
/// Source: https://doi.org/10.1007/BF01933190 (Brent, An improved Monte Carlo factorization algorithm)
public struct PageTrail: Sendable {
  /// What to ask for the next page with; nil before the first.
  public private(set) var token: String?
  private var mark: String?
  private var stepsToMark = 1
  private var steps = 0

  /// Before the first page.
  public init() {}

  /// Goes on to the page that `next` asks for; false at the end.
  ///
  /// Throws `unexpected` where that page was read before.
  public mutating func follow(_ next: String?) throws(StoreError) -> Bool {
    token = next
    guard let next else { return false }
    guard next != mark else { throw .unexpected(detail: "a listing that goes round in a circle") }
    steps += 1
    if steps == stepsToMark {
      (mark, steps, stepsToMark) = (next, 0, stepsToMark * 2)
    }
    return true
  }
}
