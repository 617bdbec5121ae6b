import Core
import Testing

@testable import Costs

/// Bills that were worked by hand; November has 30 days, and GB are 2^30 bytes.
@Suite struct WorkedBillTests {
  private let gigabyte: Int64 = 1 << 30

  private func toGlacier(_ minimum: LifecyclePlan.DefaultMinimum) -> LifecyclePlan {
    var rule = LifecycleRule(name: "glacier")
    rule.transitions = [LifecycleTransition(.age(days: 90), to: "GLACIER")]
    return LifecyclePlan(rules: [rule], minimum: minimum)
  }

  // 1,000,000 × 20,480 bytes = 19.073486 GB.
  // Today:   19.073486 GB × 0.023                          =  0.438690 a month
  // Glacier: 1,000,000 moves ÷ 1,000 × 0.03                = 30.000000 once
  //          19.073486 GB × 0.0036                         =  0.068665
  //          32 KB each: 30.517578 GB × 0.0036             =  0.109863
  //          8 KB each in STANDARD: 7.629395 GB × 0.023    =  0.175476
  //          together                                      =  0.354004 a month
  // A year: 12 × 0.438690 = 5.26; 30 + 12 × 0.354004 = 34.25; dearer by 28.98.
  // It saves 0.084686 a month: 30 ÷ 0.084686 = 354.2 months.
  @Test func `a million objects of 20 kB are dearer in Glacier`() throws {
    let cohorts = [PriceFixture.cohort(age: 400, objects: 1_000_000, size: 20_480)]
    let present = try PriceFixture.forecast(cohorts)
    let proposed = try PriceFixture.forecast(cohorts, toGlacier(.variesByClass))
    #expect(present.months[0].bill.total.decimal() == "0.44")
    #expect(proposed.months[0].bill.total(of: .transitions).decimal() == "30.00")
    #expect(proposed.months[0].bill.total(of: .archiveOverhead).decimal(places: 6) == "0.285339")
    #expect(proposed.months[0].bill.total.decimal() == "30.35")
    #expect(proposed.months[1].bill.total.decimal(places: 6) == "0.354004")
    #expect([present.total.decimal(), proposed.total.decimal()] == ["5.26", "34.25"])
    let comparison = ForecastComparison(present: present, proposed: proposed)
    guard case .dearer(let loss, let payback) = comparison.verdict else {
      Issue.record("\(comparison.verdict)")
      return
    }
    #expect(loss.decimal() == "28.98")
    #expect(payback == 355)
    let safe = try PriceFixture.forecast(cohorts, toGlacier(.allClasses))
    #expect(safe.total == present.total, "by default, S3 moves nothing below 128 KB")
  }

  // 10 GB × 10 ÷ 30 months × 0.0125 = 0.041667, and for the other 20 days of the minimum 10 × 20 ÷ 30 × 0.0125 = 0.083333.
  // Together exactly 0.125, which rounds to 0.13.
  @Test func `a file of 10 GB that is deleted on day 10 of IA costs 30 days`() throws {
    var rule = LifecycleRule(name: "expire")
    rule.expiration = .age(days: 9)
    let cohort = PriceFixture.cohort(.current, "STANDARD_IA", objects: 1, size: 10 * gigabyte)
    let bill = try PriceFixture.forecast([cohort], LifecyclePlan(rules: [rule])).months[0].bill
    #expect(bill.total(of: .storage).decimal(places: 6) == "0.041667")
    #expect(bill.total(of: .earlyDeletion).decimal(places: 6) == "0.083333")
    #expect(bill.total.decimal() == "0.13")
  }

  // 500 × 100 MB = 50,000 MB = 48.828125 GB; × 0.023 = 1.123047 a month, 13.476563 a year.
  // Begun today and aborted after 7 days, at the midnight behind: 8 days of 30: 0.299479.
  @Test func `five hundred incomplete uploads of 100 MB`() throws {
    var rule = LifecycleRule(name: "abort")
    rule.abortDays = 7
    let old = [PriceFixture.cohort(.staleMultipart, age: 20, objects: 500, size: 100 << 20)]
    let new = [PriceFixture.cohort(.multipart, objects: 500, size: 100 << 20)]
    #expect(try PriceFixture.forecast(old).months[0].bill.total.decimal() == "1.12")
    #expect(try PriceFixture.forecast(old).total.decimal() == "13.48")
    #expect(try PriceFixture.forecast(old, LifecyclePlan(rules: [rule])).total == .zero)
    #expect(try PriceFixture.forecast(new, LifecyclePlan(rules: [rule])).total.decimal() == "0.30")
  }

  // STANDARD 100 GB × 0.023 = 2.30, IA 200 GB × 0.0125 = 2.50, GLACIER 1,000 GB × 0.0036 = 3.60,
  // 100 archived objects: 3,200 KB × 0.0036 and 800 KB × 0.023 = 0.000011 + 0.000018. Together 8.400029.
  @Test func `classes side by side`() throws {
    let bill = try PriceFixture.forecast([
      PriceFixture.cohort(objects: 1, size: 100 * gigabyte),
      PriceFixture.cohort(.current, "STANDARD_IA", objects: 1, size: 200 * gigabyte),
      PriceFixture.cohort(.current, "GLACIER", objects: 100, size: 10 * gigabyte),
    ]).months[0].bill
    #expect(bill.total.decimal() == "8.40")
    #expect(bill.total.decimal(places: 6) == "8.400029")
  }

  // 25.4 GB (10^9) are billed as 26, of which 10 are free: 16 × 0.015 = 0.24. 2.5 million writes are billed as 3, of which 1 is free:
  // 2 × 4.50 = 9.00. 12,000,001 reads are billed as 13 million, of which 10 are free: 3 × 0.36 = 1.08. Egress is free. 10.32.
  @Test func `R2 rounds units up, has a free tier, and sends for nothing`() throws {
    let traffic = ObservedTraffic(
      days: 30,
      requests: [.write: 2_500_000, .read: 12_000_001],
      egressBytes: 500_000_000_000
    )
    let cohorts = [PriceFixture.cohort(objects: 254, size: 100_000_000)]
    let bill = try PriceFixture.forecast(cohorts, prices: PriceFixture.list("r2"), traffic: traffic).months[0].bill
    #expect(bill.total.decimal() == "10.32")
    #expect(bill.lines.last?.group == .egress)
    let tagged = PriceFixture.cohort(objects: 254, size: 100_000_000, isTagged: true)
    #expect(try PriceFixture.forecast([tagged], prices: PriceFixture.list("r2")).total(of: .tags) == .zero)
    #expect(bill.unpricedLabels.isEmpty)
  }

  // 1,024 GB and 512 GB at 0.02: 1,536 × 0.02 = 30.72, whatever the class; requests cost nothing.
  @Test func `own disks cost the same in every class`() throws {
    let cohorts = [
      PriceFixture.cohort(objects: 1, size: 1024 * gigabyte),
      PriceFixture.cohort(.variant, in: .processed, "COLD", objects: 1, size: 512 * gigabyte),
    ]
    let traffic = ObservedTraffic(days: 30, requests: [.write: 1_000_000], egressBytes: 1 << 40)
    let priced = try PriceFixture.forecast(cohorts, prices: PriceFixture.ownDisk("0.02"), traffic: traffic).months[0]
      .bill
    #expect(priced.total.decimal() == "30.72")
    #expect(priced.lines.allSatisfy { $0.group == .storage })
    let unset = try PriceFixture.forecast(cohorts, prices: PriceFixture.ownDisk("")).months[0].bill
    #expect(unset.total == .zero)
    #expect(unset.unpricedLabels == ["COLD", "STANDARD"])
  }

  // 2,500,000 tags ÷ 10,000 × 0.01 = 2.50; 2,500,000 × 128 KB = 305.175781 GB × 0.023 = 7.019043. Together 9.519043.
  @Test func `tags of objects`() throws {
    let cohorts = [PriceFixture.cohort(objects: 2_500_000, size: 131_072, isTagged: true)]
    let bill = try PriceFixture.forecast(cohorts).months[0].bill
    #expect(bill.total(of: .tags).decimal() == "2.50")
    #expect(bill.total.decimal() == "9.52")
  }

  // 300 GB current × 0.023 = 6.90. 100 GB are noncurrent for 20 days, and go at the midnight behind their 31st, in 12 days:
  // 100 × 12 ÷ 30 × 0.023 = 0.92. Together 7.82.
  @Test func `noncurrent versions until their end`() throws {
    var rule = LifecycleRule(name: "old")
    rule.noncurrentDays = 31
    let cohorts = [
      PriceFixture.cohort(age: 500, objects: 3, size: 100 * gigabyte),
      PriceFixture.cohort(.noncurrent, age: 20, objects: 1, size: 100 * gigabyte),
      PriceFixture.cohort(.marker, age: 20, objects: 1, size: 0),
    ]
    let forecast = try PriceFixture.forecast(cohorts, LifecyclePlan(rules: [rule], isVersioned: true))
    #expect(forecast.months[0].bill.total.decimal() == "7.82")
    #expect(forecast.months[1].bill.total.decimal() == "6.90")
  }

  // 1,000,000 × 10,240 bytes = 9.536743 GB × 0.0125 = 0.119209; up to 128 KB each 122.070313 − 9.536743 = 112.533569 GB × 0.0125
  // = 1.406670. Together 1.525879.
  @Test func `objects below 128 KB in IA are billed for 128 KB`() throws {
    let cohorts = [PriceFixture.cohort(.current, "STANDARD_IA", objects: 1_000_000, size: 10_240)]
    let bill = try PriceFixture.forecast(cohorts).months[0].bill
    #expect(bill.total(of: .minimumSize).decimal(places: 6) == "1.406670")
    #expect(bill.total.decimal() == "1.53")
  }

  // 2,000 restores ÷ 1,000 × 0.05 = 0.10; 500 GB × 0.01 = 5.00. Together 5.10.
  @Test func `retrievals from Glacier`() throws {
    var usage = MonthUsage(days: 30)
    usage.retrievalRequests["GLACIER"] = 2000
    usage.retrievedBytes["GLACIER"] = UInt128(500 * gigabyte)
    #expect(Bill(usage, prices: try PriceFixture.list()).total.decimal() == "5.10")
  }

  // 10 GB × 0.023 = 0.23; 5 GB of a class without a price cost nothing, and have a line.
  @Test func `a class without a price is shown and costs nothing`() throws {
    let cohorts = [
      PriceFixture.cohort(objects: 1, size: 10 * gigabyte),
      PriceFixture.cohort(.current, "MAGNETIC", objects: 1, size: 5 * gigabyte),
    ]
    let bill = try PriceFixture.forecast(cohorts).months[0].bill
    #expect(bill.total.decimal() == "0.23")
    #expect(bill.unpricedLabels == ["MAGNETIC"])
    #expect(bill.lines.contains { $0.label == "MAGNETIC" && $0.amount == .zero && !$0.isPriced })
  }

  // 4,000,000 ÷ 1,000 × 0.005 = 20.00; 50,000,000 ÷ 1,000 × 0.0004 = 20.00; (350 − 100) GB × 0.09 = 22.50. Together 62.50.
  @Test func `requests and bytes sent`() throws {
    let traffic = ObservedTraffic(
      days: 30,
      requests: [.write: 4_000_000, .read: 50_000_000],
      egressBytes: 350 * gigabyte
    )
    let bill = try PriceFixture.forecast([], traffic: traffic).months[0].bill
    #expect(bill.total.decimal() == "62.50")
    #expect(bill.lines.allSatisfy { $0.isEstimate })
  }

  // 40 TB and 20 TB are 61,440 GB: 51,200 × 0.023 = 1,177.60, and 10,240 × 0.022 = 225.28. Together 1,402.88.
  @Test func `the steps of a price count all buckets together`() throws {
    let bill = try PriceFixture.forecast([
      PriceFixture.cohort(objects: 1, size: 40 << 40),
      PriceFixture.cohort(.variant, in: .processed, objects: 1, size: 20 << 40),
    ]).months[0].bill
    #expect(bill.total.decimal() == "1402.88")
    #expect(bill.lines.map { $0.amount.decimal() } == ["942.08", "460.80"])
  }

  // A move out of IA after 40 of the 30 days costs nothing more; a move of 100 GB after 10 days costs 20 more: 100 × 20 ÷ 30 × 0.0125 = 0.83.
  @Test func `a move before the minimum duration costs the rest`() throws {
    var rule = LifecycleRule(name: "deep")
    rule.transitions = [LifecycleTransition(.date(CalendarDay(number: PriceFixture.start.number)), to: "DEEP_ARCHIVE")]
    for (age, cost) in [(40, "0.00"), (10, "0.83")] {
      let cohorts = [PriceFixture.cohort(.current, "STANDARD_IA", age: age, objects: 1, size: 100 * gigabyte)]
      let forecast = try PriceFixture.forecast(cohorts, LifecyclePlan(rules: [rule]), present: LifecyclePlan())
      #expect(forecast.total(of: .earlyDeletion).decimal() == cost)
    }
  }
}
