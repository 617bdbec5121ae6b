public import Core
import Database

/// The prices and rules by which the dashboard computes costs.
public struct CostBasis: Sendable {
  /// The prices of the store; nil if there are none.
  public let prices: PriceList?
  /// The lifecycle rules of today.
  public let plans: [BucketRole: LifecyclePlan]
  /// Remarks for people about the basis, such as why there are no prices.
  public let notes: [String]

  /// Creates a basis.
  public init(prices: PriceList?, plans: [BucketRole: LifecyclePlan], notes: [String]) {
    self.prices = prices
    self.plans = plans
    self.notes = notes
  }
}

/// The cost of storage by day, of this month, and of the months to come, as the dashboard's JSON shows it.
public struct CostDescription: Sendable, Encodable {
  /// The cost of storage of one bucket and storage class on one day.
  public struct Day: Sendable, Encodable {
    /// The day (UTC).
    public let day: String
    /// The bucket.
    public let bucket: String
    /// The storage class.
    public let storageClass: String
    /// The amount, as a decimal number with six digits behind the point.
    public let amount: String
  }

  /// A month of the forecast.
  public struct Month: Sendable, Encodable {
    /// The first day.
    public let start: String
    /// The amount, as a decimal number.
    public let amount: String
  }

  /// The bytes that a day adds to a bucket, by the history.
  public struct Growth: Sendable, Encodable {
    /// The bucket.
    public let bucket: String
    /// The kind of the objects.
    public let kind: String
    /// The bytes of a day.
    public let bytesPerDay: Int64
  }

  /// The name of the price list; nil if there is none.
  public let prices: String?
  /// The code of the currency; nil without a price list.
  public let currency: String?
  /// The cost of storage from the first of this month up to today, as a decimal number; nil without prices or a collection.
  public let monthSoFar: String?
  /// The cost of storage by day.
  public let days: [Day]
  /// The bills of the next months under the rules of today.
  public let forecast: [Month]
  /// The bytes that each day adds.
  public let growth: [Growth]
  /// The storage classes that have no price, and cost nothing here.
  public let unpriced: [String]
  /// Remarks for people about these numbers.
  public let notes: [String]

  /// The numbers that the database has.
  struct Facts {
    /// The stored bytes by day.
    var days: [UsageDay] = []
    /// The objects of the last whole collection, and the day on which it began.
    var cohorts: [StoredCohort] = []
    var counted: Int?
    /// The requests and bytes sent by day.
    var traffic: [TrafficCount] = []
  }

  /// Describes the cost of `facts`, and the bills of the months after `today`, as `stowage usage forecast` computes them.
  init(_ basis: CostBasis, _ facts: Facts, today: Int) {
    let (counts, cohorts) = (facts.days, facts.cohorts)
    let counted = CalendarDay(number: facts.counted ?? today)
    growth = Forecast.dailyGrowth(of: cohorts, today: counted).map {
      Growth(bucket: $0.bucket.rawValue, kind: $0.kind.rawValue, bytesPerDay: $0.bytes)
    }
    guard let list = basis.prices else {
      (prices, currency, monthSoFar, days, forecast, unpriced) = (nil, nil, nil, [], [], [])
      notes = basis.notes
      return
    }
    prices = list.name
    currency = list.currency
    let daily = DailyCost(list, counts, today: today)
    days = daily.days
    monthSoFar = counts.isEmpty ? nil : daily.monthSoFar.decimal()
    let traffic = ObservedTraffic(facts.traffic, today: today)
    let terms = ForecastTerms(
      prices: list,
      start: CalendarDay(number: today),
      counted: counted,
      traffic: traffic,
      present: basis.plans
    )
    let future = cohorts.isEmpty ? nil : Forecast(cohorts, plans: basis.plans, terms: terms)
    forecast = (future?.months ?? []).map { Month(start: dayText($0.start.number), amount: $0.bill.total.decimal()) }
    unpriced = Set(daily.unpriced + (future?.unpricedLabels ?? [])).sorted()
    notes = basis.notes + (traffic == nil ? ["The forecast has no requests and no egress: none were counted yet."] : [])
  }
}

/// The cost of storage by day: what a day has, times its price; a day without a collection has what the day before had.
private struct DailyCost {
  private(set) var days: [CostDescription.Day] = []
  private(set) var monthSoFar = Money.zero
  private(set) var unpriced: [String] = []

  init(_ prices: PriceList, _ counts: [UsageDay], today: Int) {
    let byDay = Dictionary(grouping: counts, by: \.day)
    guard let first = byDay.keys.min(), first <= today else { return }
    let month = dayText(today).prefix(7)
    var present: [UsageDay] = []
    for day in first...today {
      present = byDay[day] ?? present
      let isThisMonth = dayText(day).prefix(7) == month
      for (place, rows) in Dictionary(
        grouping: present,
        by: { MonthUsage.Place($0.count.bucket, $0.count.storageClass) }
      ) {
        var usage = MonthUsage(days: Self.length(ofMonthOf: day))
        let bytes = rows.reduce(Int64(0)) { sum, row in
          let (total, isTooMuch) = sum.addingReportingOverflow(max(0, row.count.bytes))
          return isTooMuch ? .max : total
        }
        usage.add(1, bytes: bytes, isWhole: false, in: place, under: prices.terms(of: place.storageClass), for: 1)
        let bill = Bill(usage, prices: prices)
        unpriced += bill.unpricedLabels
        if isThisMonth { monthSoFar += bill.total }
        days.append(
          CostDescription.Day(
            day: dayText(day),
            bucket: place.bucket.rawValue,
            storageClass: place.storageClass,
            amount: bill.total.decimal(places: 6)
          )
        )
      }
    }
    days.sort { ($0.day, $0.bucket, $0.storageClass) < ($1.day, $1.bucket, $1.storageClass) }
  }

  private static func length(ofMonthOf day: Int) -> Int {
    guard let start = CalendarDay(dayText(day).prefix(8) + "01") else { return 30 }
    return start.adding(months: 1).number - start.number
  }
}
