/// A day of the Gregorian calendar in UTC, as its number since 1 January 1970.
public struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The days since 1 January 1970.
  public let number: Int

  /// The day with this number; numbers outside the years 1 to 9999 stay at the first or last day of these.
  public init(number: Int) { self.number = min(max(number, -719_162), 2_932_896) }

  /// The day of a date; nil if the calendar has no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month),
      (1...Self.length(ofMonth: month, year: year)).contains(day)
    else { return nil }
    number = Self.number(year, month, day)
  }

  /// The day in the form `2026-11-30`, alone or with the time of midnight behind it; nil for another form.
  public init?(_ text: String) {
    guard let match = text.wholeMatch(of: /(\d{4})-(\d{2})-(\d{2})(?:T00:00:00(?:\.0{1,9})?(?:Z|\+00:00))?/),
      let year = Int(match.1), let month = Int(match.2), let day = Int(match.3)
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The day in the form `2026-11-30`.
  public var description: String {
    let (year, month, day) = date
    return [Self.digits(year, 4), Self.digits(month, 2), Self.digits(day, 2)].joined(separator: "-")
  }

  /// Returns the same day of a later month, or the last day of that month if it has no such day.
  public func adding(months: Int) -> CalendarDay {
    let (year, month, day) = date
    let index = year * 12 + month - 1 + min(max(months, 0), 12_000)
    let length = Self.length(ofMonth: index % 12 + 1, year: index / 12)
    return CalendarDay(number: Self.number(index / 12, index % 12 + 1, min(day, length)))
  }

  /// True if the left day is earlier.
  public static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.number < right.number }

  /// The year, the month and the day.
  ///
  /// The era of 400 years has 146,097 days; years begin in March, so that the leap day is the last.
  private var date: (year: Int, month: Int, day: Int) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func number(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func length(ofMonth month: Int, year: Int) -> Int {
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
