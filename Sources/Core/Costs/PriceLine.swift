/// A thing that a price list has a price for.
public enum PricedItem: Hashable, Sendable {
  /// Bytes in a storage class.
  case storage(storageClass: String)
  /// Requests of a price class.
  case requests(RequestTier)
  /// Moves of objects into a storage class by lifecycle rules.
  case transitions(storageClass: String)
  /// Bytes read from a storage class.
  case retrieval(storageClass: String)
  /// Requests that restore objects of a storage class.
  case retrievalRequests(storageClass: String)
  /// Tags of objects.
  case tags
  /// Bytes sent to the internet.
  case egress
}

/// The quantity that a price is for.
public enum PriceUnit: String, CaseIterable, Sendable {
  /// One gigabyte for one month.
  case gigabyteMonth = "GB-month"
  /// One gigabyte.
  case gigabyte = "GB"
  /// A thousand requests.
  case thousandRequests = "1000 requests"
  /// A million requests.
  case millionRequests = "1000000 requests"
  /// Ten thousand tags for one month.
  case tagMonths = "10000 tag-months"
}

/// One line of a price list.
public struct PriceLine: Sendable, Equatable {
  /// A price from a quantity on.
  public struct Step: Sendable, Equatable {
    /// The quantity of a month, in units, above which the price holds.
    public let above: Int64
    /// The price for one unit, in parts of `Money`.
    public let price: Int64

    /// Creates a step.
    public init(above: Int64, price: Int64) { (self.above, self.price) = (above, price) }
  }

  /// The date of a price whose source has none.
  public static let undated = "undated"

  /// The thing that the line prices.
  public let item: PricedItem
  /// The quantity that a price is for.
  public let unit: PriceUnit
  /// The prices from the first unit on, with rising quantities.
  public let steps: [Step]
  /// True if the store bills whole units, and rounds a part of one up.
  public let roundsUp: Bool
  /// The day or month at which the source had this price, or `undated`.
  public let date: String
  /// The place where the price stands.
  public let source: String

  /// Creates a line; the first step begins at 0, and those behind it rise.
  public init(_ item: PricedItem, unit: PriceUnit, steps: [Step], roundsUp: Bool, date: String, source: String) {
    self.item = item
    self.unit = unit
    self.steps = steps
    self.roundsUp = roundsUp
    self.date = date
    self.source = source
  }

  /// Returns the cost of a quantity of one month; `unitSize` is the quantity of one unit.
  func cost(of quantity: UInt128, unitSize: UInt128) -> Money {
    var billed = quantity
    if roundsUp, !quantity.isMultiple(of: unitSize) {
      let (up, isTooMuch) = (quantity / unitSize + 1).multipliedReportingOverflow(by: unitSize)
      billed = isTooMuch ? .max : up
    }
    var cost = Money.zero
    for (index, step) in steps.enumerated() {
      let start = Self.saturated(step.above, unitSize)
      guard billed > start else { break }
      let end = index + 1 < steps.count ? Self.saturated(steps[index + 1].above, unitSize) : .max
      cost += .product(UInt128(max(0, step.price)), min(billed, end) - start, per: unitSize)
    }
    return cost
  }

  /// The price of the first unit that costs something, as a decimal number; `0` if all are free.
  public var price: String {
    let parts = steps.first { $0.price > 0 }?.price ?? 0
    let digits = String(parts % Int64(Money.partsPerUnit))
    let fraction = (String(repeating: "0", count: 12 - digits.count) + digits).replacing(/0+$/, with: "")
    return "\(parts / Int64(Money.partsPerUnit))" + (fraction.isEmpty ? "" : ".\(fraction)")
  }

  /// Parses a price such as `0.00099`, in parts of `Money`; nil unless it is a plain decimal number from 0 to 100,000 with at most
  /// twelve digits behind the point.
  public static func parts(_ text: String) -> Int64? {
    guard let match = text.wholeMatch(of: /([0-9]{1,6})(?:\.([0-9]{1,12}))?/), let whole = Int64(match.1) else {
      return nil
    }
    let digits = match.2.map(String.init) ?? ""
    guard let fraction = Int64(digits + String(repeating: "0", count: 12 - digits.count)) else { return nil }
    let parts = whole * Int64(Money.partsPerUnit) + fraction
    return parts <= 100_000 * Int64(Money.partsPerUnit) ? parts : nil
  }

  private static func saturated(_ count: Int64, _ size: UInt128) -> UInt128 {
    let (product, isTooMuch) = UInt128(max(0, count)).multipliedReportingOverflow(by: size)
    return isTooMuch ? .max : product
  }
}
