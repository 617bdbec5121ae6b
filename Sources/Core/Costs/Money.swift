/// An amount of money in one currency, as a whole number of millionths of a millionth of its unit.
///
/// Sums are exact. An amount is rounded to hundredths of the unit, such as cents, only where a person reads it. An amount beyond
/// the range stays at its end.
public struct Money: Hashable, Comparable, Sendable {
  /// The number of parts of one unit of the currency.
  public static let partsPerUnit: Int128 = 1_000_000_000_000
  /// No money.
  public static let zero = Money(parts: 0)

  /// The amount in parts.
  public let parts: Int128

  /// Creates an amount of this number of parts.
  public init(parts: Int128) { self.parts = parts }

  /// The amount in whole hundredths of the unit, such as cents; halves are rounded away from zero.
  public var cents: Int128 { rounded(places: 2) }

  /// Returns the amount as a decimal number with this many digits behind the point, from 1 to 12, such as `-1234.56`.
  ///
  /// Halves are rounded away from zero.
  public func decimal(places: Int = 2) -> String {
    let places = min(max(1, places), 12)
    let digits = String(rounded(places: places).magnitude)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return "\(rounded(places: places) < 0 ? "-" : "")\(padded.dropLast(places)).\(padded.suffix(places))"
  }

  private func rounded(places: Int) -> Int128 {
    let step = (places..<12).reduce(Int128(1)) { size, _ in size * 10 }
    let (whole, rest) = parts.quotientAndRemainder(dividingBy: step)
    guard rest != 0, rest.magnitude * 2 >= step.magnitude else { return whole }
    return whole + (parts < 0 ? -1 : 1)
  }

  /// True if the left amount is smaller.
  public static func < (left: Money, right: Money) -> Bool { left.parts < right.parts }

  /// The sum.
  public static func + (left: Money, right: Money) -> Money {
    let (sum, isTooMuch) = left.parts.addingReportingOverflow(right.parts)
    return Money(parts: isTooMuch ? (right.parts < 0 ? .min : .max) : sum)
  }

  /// The difference.
  public static func - (left: Money, right: Money) -> Money {
    let (difference, isTooMuch) = left.parts.subtractingReportingOverflow(right.parts)
    return Money(parts: isTooMuch ? (right.parts < 0 ? .max : .min) : difference)
  }

  /// Adds an amount.
  public static func += (left: inout Money, right: Money) { left = left + right }

  /// Returns `price` times `quantity` divided by `unit`, rounded to the nearest part.
  ///
  /// `price` is in parts for each unit, and `unit` is above 0.
  static func product(_ price: UInt128, _ quantity: UInt128, per unit: UInt128) -> Money {
    let product = price.multipliedFullWidth(by: quantity)
    guard unit > product.high else { return Money(parts: .max) }
    let (quotient, rest) = unit.dividingFullWidth(product)
    let isUp = rest >= unit - rest
    guard let parts = Int128(exactly: quotient), parts < .max else { return Money(parts: .max) }
    return Money(parts: parts + (isUp ? 1 : 0))
  }
}
