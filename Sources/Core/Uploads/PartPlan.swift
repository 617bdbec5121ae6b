/// The division of a file into the parts of a multipart upload: all of one size, except for the last.
///
/// ```swift
/// let plan = PartPlan(size: 12 << 20)  // 12 MB
/// plan.count  // 3
/// plan.size(of: 3)  // 2097152
/// plan.mismatches([1: 5 << 20, 2: 5 << 20])  // [3]
/// ```
public struct PartPlan: Hashable, Sendable {
  /// The minimum size of a part, except the last, in bytes.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
  public static let minimumPartSize: Int64 = 5 << 20
  /// The maximum number of parts of an upload.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
  public static let maximumCount = 10_000
  /// The maximum number of parts in one request for part URLs.
  public static let maximumNumbers = 100

  /// The length of the file in bytes, at least 1.
  public let size: Int64
  /// The length of every part except the last, in bytes, at least 1.
  public let partSize: Int64

  /// Divides a file of `size` bytes into parts of `partSize` bytes.
  public init(size: Int64, partSize: Int64) {
    self.size = max(1, size)
    self.partSize = max(1, partSize)
  }

  /// Divides a file of `size` bytes into parts of 5 MB, or of more whole megabytes if 10,000 such parts are too few.
  public init(size: Int64) {
    let perPart = (size - 1) / Int64(Self.maximumCount) + 1
    let megabytes = (perPart + (1 << 20) - 1) >> 20
    self.init(size: size, partSize: max(Self.minimumPartSize, megabytes << 20))
  }

  /// The number of parts.
  public var count: Int { Int((size - 1) / partSize + 1) }

  /// Returns the length of part `number` in bytes; parts are numbered from 1, and any other number gives 0.
  public func size(of number: Int) -> Int64 {
    guard (1...count).contains(number) else { return 0 }
    return number < count ? partSize : size - Int64(count - 1) * partSize
  }

  /// Returns the numbers of missing parts and of parts with a wrong length, then the numbers that are not in the plan.
  ///
  /// `stored` maps the number of each stored part to its length in bytes.
  public func mismatches(_ stored: [Int: Int64]) -> [Int] {
    let wrong = (1...count).filter { stored[$0] != size(of: $0) }
    return wrong + stored.keys.filter { !(1...count).contains($0) }.sorted()
  }
}
