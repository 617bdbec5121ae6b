public import Foundation

extension Date {
  /// The time in UTC to the second, such as `2026-12-01T06:19:10Z`: the text of Foundation's `.iso8601` style, made
  /// without a calendar.
  ///
  /// Source: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
  public var internetText: String {
    let seconds = timeIntervalSince1970.rounded(.down)
    guard (0..<Self.endOfYear9999).contains(seconds) else { return formatted(.iso8601) }
    let (day, time) = Int(seconds).quotientAndRemainder(dividingBy: 86_400)
    let (year, month, dayOfMonth) = Self.civil(day)
    return String(unsafeUninitializedCapacity: 20) { text in
      text.write(year, digits: 4, at: 0, then: "-")
      text.write(month, digits: 2, at: 5, then: "-")
      text.write(dayOfMonth, digits: 2, at: 8, then: "T")
      text.write(time / 3_600, digits: 2, at: 11, then: ":")
      text.write(time / 60 % 60, digits: 2, at: 14, then: ":")
      text.write(time % 60, digits: 2, at: 17, then: "Z")
      return 20
    }
  }

  private static let endOfYear9999 = 253_402_300_800.0

  /// Returns the date of a day since 1970-01-01, not before it, in the Gregorian calendar.
  ///
  /// It counts years from March, so that the leap day is the last day of a year. The lengths of the months from March on
  /// repeat every five months, with 153 days.
  private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
    // The days from 0000-03-01 to 1970-01-01, and the days of 400, 100, 4 and 1 years.
    let count = day + 719_468
    let (cycle, ofCycle) = count.quotientAndRemainder(dividingBy: 146_097)
    let century = min(ofCycle / 36_524, 3)
    let ofCentury = ofCycle - century * 36_524
    let ofFour = ofCentury % 1_461
    let single = min(ofFour / 365, 3)
    let ofYear = ofFour - single * 365
    let month = (5 * ofYear + 2) / 153
    let year = cycle * 400 + century * 100 + ofCentury / 1_461 * 4 + single
    return (month < 10 ? year : year + 1, month < 10 ? month + 3 : month - 9, ofYear - (153 * month + 2) / 5 + 1)
  }
}

extension UnsafeMutableBufferPointer<UInt8> {
  fileprivate func write(_ number: Int, digits: Int, at place: Int, then separator: Unicode.Scalar) {
    var rest = number
    for offset in stride(from: digits - 1, through: 0, by: -1) {
      self[place + offset] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
    self[place + digits] = UInt8(ascii: separator)
  }
}
