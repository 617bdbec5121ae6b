/// The position in a listing that is read page by page to its end; a listing that repeats a page is an error.
///
/// The cycle detection keeps at most two tokens, so a listing may have any length.
///
/// ```swift
/// var (trail, isMore) = (PageTrail(), true)
/// while isMore {
///   let page = try store.list("uploads-raw", prefix: "ada/", after: trail.token, limit: 1000)
///   for object in page.items { print(object.key) }
///   isMore = try trail.follow(page.next)
/// }
/// ```
///
/// Source: https://doi.org/10.1007/BF01933190 (Brent, An improved Monte Carlo factorization algorithm)
public struct PageTrail: Sendable, Codable {
  /// The token to request the next page; nil before the first page.
  public private(set) var token: String?
  private var mark: String?
  private var stepsToMark = 1
  private var steps = 0

  /// Creates a position before the first page.
  public init() {}

  /// Creates a position in a listing of versions behind all versions of `key`, whether or not the key still exists.
  public init(behindVersionsOf key: String) { token = versionToken(behind: key) }

  /// Moves to the page of the token `next`; returns false if `next` is nil, at the end of the listing.
  ///
  /// Throws `unexpected` if the listing runs in a cycle.
  public mutating func follow(_ next: String?) throws(StoreError) -> Bool {
    token = next
    guard let next else { return false }
    guard next != mark else { throw .unexpected(detail: "the listing repeats a page") }
    steps += 1
    if steps == stepsToMark {
      (mark, steps, stepsToMark) = (next, 0, stepsToMark * 2)
    }
    return true
  }
}

/// Returns the token of the page of a listing of versions that begins behind all versions of `key`.
///
/// Every store takes it. A token that a page ended with can name a version that was deleted since, which some stores refuse.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html> (key-marker)
public func versionToken(behind key: String) -> String { "\n" + key }
