import Core
import Testing

@testable import Costs

@Suite struct ForecastTests {
  /// SplitMix64: the same numbers in every run. Source: https://prng.di.unimi.it/splitmix64.c
  private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  private static let classes = ["STANDARD", "STANDARD_IA", "GLACIER", "DEEP_ARCHIVE", "COLD"]

  private func cohorts(_ dice: inout Dice) -> [StoredCohort] {
    (0..<Int.random(in: 1...20, using: &dice)).map { _ in
      PriceFixture.cohort(
        StoredKind.allCases.randomElement(using: &dice) ?? .current,
        in: BucketRole.allCases.randomElement(using: &dice) ?? .raw,
        Self.classes.randomElement(using: &dice) ?? "STANDARD",
        age: Int.random(in: -10...800, using: &dice),
        objects: Int64.random(in: 0...1_000_000, using: &dice),
        size: Int64.random(in: 0...10_000_000, using: &dice),
        isTagged: Bool.random(using: &dice)
      )
    }
  }

  private func plan(_ dice: inout Dice) -> LifecyclePlan {
    let rules = (0..<Int.random(in: 0...4, using: &dice)).map { number in
      var rule = LifecycleRule(name: "\(number)", isEnabled: Int.random(in: 0...4, using: &dice) > 0)
      if Bool.random(using: &dice) {
        let days = Int.random(in: 0...400, using: &dice)
        rule.transitions = [
          LifecycleTransition(.age(days: days), to: Self.classes.randomElement(using: &dice) ?? "GLACIER")
        ]
      }
      if Int.random(in: 0...3, using: &dice) == 0 {
        rule.expiration = .age(days: Int.random(in: 1...900, using: &dice))
      }
      if Bool.random(using: &dice) { rule.noncurrentDays = Int.random(in: 1...90, using: &dice) }
      if Bool.random(using: &dice) { rule.abortDays = Int.random(in: 1...30, using: &dice) }
      return rule
    }
    return LifecyclePlan(
      rules: rules,
      minimum: Bool.random(using: &dice) ? .allClasses : .variesByClass,
      isVersioned: Bool.random(using: &dice)
    )
  }

  @Test func `the lines of every bill add up to its total, and the bills to the forecast's`() throws {
    var dice = Dice(state: 62)
    for _ in 0..<60 {
      let cohorts = cohorts(&dice)
      let growth: Growth = [.none, .history, .monthly(thousandths: 35)].randomElement(using: &dice) ?? .none
      let forecast = try PriceFixture.forecast(cohorts, plan(&dice), months: 4, growth: growth)
      var sum = Money.zero
      for month in forecast.months {
        let lines = month.bill.lines.reduce(Money.zero) { $0 + $1.amount }
        #expect(lines == month.bill.total)
        #expect(Bill.Group.allCases.reduce(.zero) { $0 + month.bill.total(of: $1) } == lines)
        #expect(month.bill.lines.allSatisfy { $0.amount >= .zero })
        sum += lines
      }
      #expect(sum == forecast.total)
    }
  }

  @Test func `without rules nothing is moved, and nothing ends early`() throws {
    var dice = Dice(state: 63)
    for _ in 0..<60 {
      let forecast = try PriceFixture.forecast(cohorts(&dice), growth: .history)
      #expect(forecast.total(of: .transitions) == .zero)
      #expect(forecast.total(of: .earlyDeletion) == .zero)
    }
  }

  @Test func `more bytes never cost less, and the rules of today compared with themselves cost the same`() throws {
    var dice = Dice(state: 64)
    for _ in 0..<60 {
      let cohorts = cohorts(&dice)
      let plan = plan(&dice)
      let more = cohorts.map { cohort in
        var more = cohort
        let large = cohort.smallObjects > 0 ? 0 : Int64.random(in: 0...1_000_000_000, using: &dice)
        more.bytes += large
        return more
      }
      let before = try PriceFixture.forecast(cohorts, plan)
      #expect(try PriceFixture.forecast(more, plan).total >= before.total)
      #expect(ForecastComparison(present: before, proposed: try PriceFixture.forecast(cohorts, plan)).verdict == .same)
    }
  }

  @Test func `exabytes are counted, and nothing overflows`() throws {
    let vast = (0..<1000).map { age in
      StoredCohort(
        bucket: .raw,
        storageClass: Self.classes[age % 5],
        kind: .current,
        isTagged: true,
        day: PriceFixture.start.number - age,
        objects: .max,
        bytes: .max,
        smallObjects: .max / 2,
        smallBytes: .max / 2
      )
    }
    let expensive = try PriceBook(
      json: Array(PriceFixture.document.replacing("\"0.023\"", with: "\"99999.999999999999\"").utf8)
    )
    let prices = try #require(expensive.list(named: "aws"))
    for growth in [Growth.none, .history, .monthly(thousandths: 10_000)] {
      let forecast = try PriceFixture.forecast(vast, prices: prices, months: 12, growth: growth)
      #expect(forecast.total > .zero)
      #expect(forecast.months.allSatisfy { $0.bill.total >= .zero })
    }
    // One exabyte: 2^30 GB: 51,200 × 0.023 + (1,073,741,824 − 51,200) × 0.022 = 1,177.60 + 23,621,193.73.
    let exabyte = try PriceFixture.forecast([PriceFixture.cohort(objects: 1, size: 1 << 60)])
    #expect(exabyte.months[0].bill.total.decimal() == "23622371.33")
  }

  @Test func `strange cohorts are harmless`() throws {
    for (objects, bytes, small, day) in [
      (-5, -5, -5, Int.min), (5, 10, 100, Int.max), (0, 10, 0, 0), (Int64.max, 0, Int64.max, -1),
    ] as [(Int64, Int64, Int64, Int)] {
      let cohort = StoredCohort(
        bucket: .raw,
        storageClass: "GLACIER",
        kind: .current,
        isTagged: true,
        day: day,
        objects: objects,
        bytes: bytes,
        smallObjects: small,
        smallBytes: small
      )
      #expect(try PriceFixture.forecast([cohort], growth: .history).months.allSatisfy { $0.bill.total >= .zero })
    }
  }

  @Test func `growth by history is the median day of the last thirty`() throws {
    // 16 days of 1 GB, 13 without, and one of 500 GB: the median is 1 GB.
    let cohorts =
      (1...16).map { PriceFixture.cohort(age: $0, objects: 1, size: 1 << 30) }
      + [
        PriceFixture.cohort(age: 30, objects: 1, size: 500 << 30),
        PriceFixture.cohort(age: 40, objects: 1, size: 1 << 40),
      ]
    let growth = Forecast.dailyGrowth(of: cohorts, today: PriceFixture.start)
    #expect(growth.map(\.bytes) == [1 << 30])
    let rare = (1...14).map { PriceFixture.cohort(age: $0, objects: 1, size: 1 << 30) }
    #expect(Forecast.dailyGrowth(of: rare, today: PriceFixture.start).isEmpty)
    // Day 1 to 30 of November bring 1 GB each: it is stored for 30 + 29 + … + 1 = 465 of 30 days; 465 ÷ 30 × 0.023 = 0.3565.
    let stock = try PriceFixture.forecast(cohorts).months[0].bill.total
    let grown = try PriceFixture.forecast(cohorts, growth: .history).months[0].bill.total
    #expect((grown - stock).decimal(places: 4) == "0.3565")
  }

  @Test func `growth by a share adds to each month what the one before had`() throws {
    // 300 GB and 10 % a month: November adds 30 GB, 1 GB a day: 465 GB-days, as above.
    let cohorts = [PriceFixture.cohort(age: 100, objects: 300, size: 1 << 30)]
    let stock = try PriceFixture.forecast(cohorts)
    let grown = try PriceFixture.forecast(cohorts, growth: .monthly(thousandths: 100))
    #expect((grown.months[0].bill.total - stock.months[0].bill.total).decimal(places: 4) == "0.3565")
    let last = try #require(grown.months.last?.usage.byteDays.values.first)
    let share = Double(last) / Double(31 * 300 << 30)
    // After 11 months 1.1^11 = 2.853, and half of the twelfth: about 2.99.
    #expect((2.9...3.1).contains(share), "\(share)")
  }

  @Test func `months begin on the same day, or on the last of a short month`() throws {
    let start = try #require(CalendarDay("2027-01-31"))
    #expect((0...3).map { "\(start.adding(months: $0))" } == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"])
    #expect("\(try #require(CalendarDay("2027-12-05")).adding(months: 2))" == "2028-02-05")
    #expect(CalendarDay("2027-02-29") == nil)
    #expect(CalendarDay("2028-02-29T00:00:00.000Z")?.description == "2028-02-29")
    #expect(CalendarDay("1970-01-01")?.number == 0)
    #expect(CalendarDay("2026-11-30")?.number == 20_787)
    for day in stride(from: -700_000, through: 2_900_000, by: 1237) {
      #expect(CalendarDay("\(CalendarDay(number: day))")?.number == day)
    }
  }

  @Test func `an amount is rounded once, and away from zero at the half`() {
    let half = Money(parts: 5_000_000_000)
    #expect(half.decimal() == "0.01")
    #expect((Money.zero - half).decimal() == "-0.01")
    #expect(Money(parts: 4_999_999_999).decimal() == "0.00")
    #expect(Money(parts: .max) + half == Money(parts: .max))
    #expect(Money(parts: .min) - half == Money(parts: .min))
    #expect(Money(parts: -1).decimal() == "0.00")
    #expect(Money(parts: .max).decimal().hasSuffix("3.72"))
  }
}
