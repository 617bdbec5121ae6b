/// The assumptions of a forecast.
public struct ForecastTerms: Sendable {
  /// The prices.
  public var prices: PriceList
  /// The first day; rules that are overdue act on it.
  public var start: CalendarDay
  /// The day on which the objects were counted; the median of growth is that of the days before.
  public var counted: CalendarDay
  /// The number of months.
  public var months: Int
  /// The new objects.
  public var growth: Growth
  /// The requests and bytes sent, which each month repeats; nil if they are not counted.
  public var traffic: ObservedTraffic?
  /// The rules of today, which tell when objects came into the class where they are.
  public var present: [BucketRole: LifecyclePlan]

  /// The maximum number of months.
  public static let maximumMonths = 60

  /// Creates assumptions; `months` is from 1 to `maximumMonths`.
  public init(
    prices: PriceList,
    start: CalendarDay,
    counted: CalendarDay? = nil,
    months: Int = 12,
    growth: Growth = .history,
    traffic: ObservedTraffic? = nil,
    present: [BucketRole: LifecyclePlan] = [:]
  ) {
    self.prices = prices
    self.start = start
    self.counted = counted ?? start
    self.months = min(max(1, months), Self.maximumMonths)
    self.growth = growth
    self.traffic = traffic
    self.present = present
  }
}

/// The bills of the next months under lifecycle rules.
public struct Forecast: Sendable {
  /// One month, from a day to the day before the same day of the next month.
  public struct Month: Sendable {
    /// The first day.
    public let start: CalendarDay
    /// The number of days.
    public let days: Int
    /// The cost.
    public let bill: Bill
    /// The quantities that the bill prices.
    public let usage: MonthUsage
  }

  /// The months in order.
  public let months: [Month]

  /// The sum of all bills.
  public var total: Money { months.reduce(.zero) { $0 + $1.bill.total } }

  /// Returns the sum of a group of lines over all months.
  public func total(of group: Bill.Group) -> Money { months.reduce(.zero) { $0 + $1.bill.total(of: group) } }

  /// The storage classes that the price list has no price for.
  public var unpricedLabels: [String] { Array(Set(months.flatMap(\.bill.unpricedLabels))).sorted() }

  /// Follows the objects of `cohorts`, and new ones, under the rules of `plans`.
  public init(_ cohorts: [StoredCohort], plans: [BucketRole: LifecyclePlan], terms: ForecastTerms) {
    let starts = (0...terms.months).map { terms.start.adding(months: $0) }
    let ledger = starts.dropLast().enumerated().map {
      MonthUsage(days: starts[$0.offset + 1].number - $0.element.number)
    }
    var course = ForecastCourse(terms: terms, plans: plans, starts: starts.map(\.number), months: ledger)
    for cohort in cohorts { course.follow(cohort) }
    let history = terms.growth == .history ? DailyGrowth.history(of: cohorts, today: terms.counted.number) : []
    for (index, month) in ledger.enumerated() {
      let growth =
        switch terms.growth {
        case .none: [DailyGrowth]()
        case .history: history
        case .monthly(let thousandths):
          DailyGrowth.monthly(thousandths, of: cohorts, month: index, days: month.days)
        }
      for day in starts[index].number..<starts[index + 1].number {
        for stream in growth { course.follow(stream.cohort(on: day)) }
      }
    }
    course.repeatTraffic()
    months = zip(starts, course.months).map { start, usage in
      Month(start: start, days: usage.days, bill: Bill(usage, prices: terms.prices), usage: usage)
    }
  }

  /// Returns the growth of each day that a forecast with `Growth.history` assumes.
  public static func dailyGrowth(of cohorts: [StoredCohort], today: CalendarDay) -> [DailyGrowth] {
    DailyGrowth.history(of: cohorts, today: today.number)
  }
}
