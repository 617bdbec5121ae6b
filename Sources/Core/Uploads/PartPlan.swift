/// How a file is cut into the parts of a multipart upload: all of one size, and the last of what is left.
public struct PartPlan: Hashable, Sendable {
  /// The smallest part that is not the last, in bytes.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
  public static let minimumPartSize: Int64 = 5 << 20
  /// The most parts that an upload may have.
  ///
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
  public static let maximumCount = 10_000
  /// The most parts that one request may ask URLs for.
  public static let maximumNumbers = 100

  /// The file's length, in bytes, at least 1.
  public let size: Int64
  /// The length of every part but the last, in bytes, at least 1.
  public let partSize: Int64

  /// A file of `size` bytes in parts of `partSize`.
  public init(size: Int64, partSize: Int64) {
    self.size = max(1, size)
    self.partSize = max(1, partSize)
  }

  /// A file of `size` bytes in parts of 5 MB, or of as many whole MB as 10,000 parts need.
  public init(size: Int64) {
    let perPart = (size - 1) / Int64(Self.maximumCount) + 1
    let megabytes = (perPart + (1 << 20) - 1) >> 20
    self.init(size: size, partSize: max(Self.minimumPartSize, megabytes << 20))
  }

  /// How many parts there are.
  public var count: Int { Int((size - 1) / partSize + 1) }

  /// The length of part `number`, in bytes; parts are numbered from 1, and any other number has none.
  public func size(of number: Int) -> Int64 {
    guard (1...count).contains(number) else { return 0 }
    return number < count ? partSize : size - Int64(count - 1) * partSize
  }

  /// The numbers that stand against `stored`, the length of each part by its number: missing, of another length, or
  /// not of this upload.
  public func mismatches(_ stored: [Int: Int64]) -> [Int] {
    let wrong = (1...count).filter { stored[$0] != size(of: $0) }
    return wrong + stored.keys.filter { !(1...count).contains($0) }.sorted()
  }
}
