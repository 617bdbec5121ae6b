/// The billable quantities of one month.
public struct MonthUsage: Sendable, Equatable {
  /// A storage class of a bucket.
  public struct Place: Hashable, Sendable {
    /// The bucket.
    public let bucket: BucketRole
    /// The storage class.
    public let storageClass: String

    /// Creates a place.
    public init(_ bucket: BucketRole, _ storageClass: String) {
      (self.bucket, self.storageClass) = (bucket, storageClass)
    }
  }

  /// The days of the month.
  public let days: Int
  /// The bytes of objects, times days.
  public var byteDays: [Place: UInt128] = [:]
  /// The bytes that small objects are billed for beyond their own, times days.
  public var paddingByteDays: [Place: UInt128] = [:]
  /// The bytes that objects add in their own class, times days.
  public var overheadByteDays: [Place: UInt128] = [:]
  /// The bytes that the objects of the place add in the class STANDARD, times days.
  public var standardOverheadByteDays: [Place: UInt128] = [:]
  /// The bytes that are billed for the rest of a minimum duration, times days.
  public var earlyByteDays: [Place: UInt128] = [:]
  /// The objects that lifecycle rules moved into the place.
  public var transitions: [Place: UInt128] = [:]
  /// The tags of objects, times days.
  public var tagDays: UInt128 = 0
  /// The requests by kind.
  public var requests: [RequestTier: UInt128] = [:]
  /// The bytes read, by storage class.
  public var retrievedBytes: [String: UInt128] = [:]
  /// The requests that restored objects, by storage class.
  public var retrievalRequests: [String: UInt128] = [:]
  /// The bytes sent to the internet, as an estimate.
  public var egressBytes: UInt128?

  /// Nothing, in a month of this number of days; at least one.
  public init(days: Int) { self.days = max(1, days) }

  /// Adds objects that stay in a place for a number of days.
  ///
  /// `smallObjects` with `smallBytes` are those below 128 KB. Parts of incomplete uploads (`isWhole` false) add nothing beyond their bytes.
  public mutating func add(
    _ objects: Int64,
    bytes: Int64,
    smallObjects: Int64 = 0,
    smallBytes: Int64 = 0,
    isWhole: Bool = true,
    in place: Place,
    under terms: StorageTerms,
    for days: Int
  ) {
    guard days > 0 else { return }
    func add(_ count: UInt128, to quantity: inout [Place: UInt128]) {
      guard count > 0 else { return }
      quantity[place, default: 0] = Self.sum(quantity[place, default: 0], Self.product(count, UInt128(days)))
    }
    add(UInt128(max(0, bytes)), to: &byteDays)
    guard isWhole else { return }
    let padding = Self.padding(smallObjects, smallBytes, terms)
    let count = UInt128(max(0, objects))
    add(padding, to: &paddingByteDays)
    add(count * UInt128(max(0, terms.overheadBytes)), to: &overheadByteDays)
    add(count * UInt128(max(0, terms.standardOverheadBytes)), to: &standardOverheadByteDays)
  }

  /// Returns the bytes that small objects are billed for beyond their own.
  static func padding(_ objects: Int64, _ bytes: Int64, _ terms: StorageTerms) -> UInt128 {
    guard terms.minimumBytes > 0, objects > 0 else { return 0 }
    let billed = UInt128(objects) * UInt128(terms.minimumBytes)
    return billed - min(billed, UInt128(max(0, bytes)))
  }

  static func sum(_ left: UInt128, _ right: UInt128) -> UInt128 {
    let (sum, isTooMuch) = left.addingReportingOverflow(right)
    return isTooMuch ? .max : sum
  }

  static func product(_ left: UInt128, _ right: UInt128) -> UInt128 {
    let (product, isTooMuch) = left.multipliedReportingOverflow(by: right)
    return isTooMuch ? .max : product
  }
}
