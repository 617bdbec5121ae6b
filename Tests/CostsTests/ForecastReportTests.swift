import Core
import Foundation
import Testing

@testable import Costs

/// The report for a person, and the exports for programs.
@Suite struct ForecastReportTests {
  private let small = PriceFixture.cohort(age: 400, objects: 1_000_000, size: 20_480)
  private let large = PriceFixture.cohort(age: 400, objects: 10_000, size: 1 << 30)

  private func toGlacier(_ minimum: LifecyclePlan.DefaultMinimum = .variesByClass) -> LifecyclePlan {
    var rule = LifecycleRule(name: "glacier")
    rule.transitions = [LifecycleTransition(.age(days: 90), to: "GLACIER")]
    return LifecyclePlan(rules: [rule], minimum: minimum)
  }

  private func report(
    _ cohorts: [StoredCohort],
    other: LifecyclePlan? = nil,
    prices: PriceList? = nil,
    remarks: [String] = []
  ) throws -> ForecastReport {
    let prices = try prices ?? PriceFixture.list()
    let present = try PriceFixture.forecast(cohorts, prices: prices)
    let comparison = try other.map {
      ForecastComparison(present: present, proposed: try PriceFixture.forecast(cohorts, $0, prices: prices))
    }
    return ForecastReport(
      prices: prices,
      pricesPath: "/etc/stowage/prices.json",
      forecast: present,
      comparison: comparison.map { ($0, "other.json") },
      basis: ["Usage of 2026-11-01, 0 days ago.", "Growth: none."],
      remarks: remarks
    )
  }

  @Test func `a dearer rule is called dearer, with the reasons`() throws {
    let text = try report([small], other: toGlacier()).lines.joined(separator: " ")
    for part in [
      "DEARER by 28.98 USD over 12 months", "pay back after about 355 months",
      "Paid once for each object: 30.00 USD (moves 30.00, early ends 0.00), of it 30.00 in the first month.",
      "+ 30.00 USD: 1,000,000 objects are moved, now 0, at", "+ 3.42 USD: each archived object adds 32 KB",
      "- 4.44 USD: bytes of objects",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  // Each month moves what it adds, for more than the moves of earlier months save.
  @Test func `a rule that moves small objects for ever never pays back`() throws {
    let present = try PriceFixture.forecast([small], growth: .monthly(thousandths: 50))
    let proposed = try PriceFixture.forecast([small], toGlacier(), growth: .monthly(thousandths: 50))
    guard case .dearer(_, let payback) = ForecastComparison(present: present, proposed: proposed).verdict else {
      Issue.record("not dearer")
      return
    }
    #expect(payback == nil)
  }

  // 10,000 GB: 230.00 a month in STANDARD; in GLACIER 36.00, and 10,000 × 32 KB and 8 KB for 0.002853; moved once for 0.30.
  // 12 × (230 − 36.002853) − 0.30 = 2,327.67, and cheaper from the first month.
  @Test func `a rule that saves says how much`() throws {
    let text = try report([large], other: toGlacier()).lines.joined(separator: " ")
    #expect(text.contains("The other rules save 2,327.67 USD over 12 months, and are dearer at no time."), "\(text)")
  }

  // 400 kB: 1,000,000 objects are 381.469727 GB: 8.773804 a month; in GLACIER 1.373291 + 0.285339, moved once for 30.00.
  // It saves 7.115173 a month: after 4 months 28.46 of 30.00, after 5 months 35.58. A year: 85.38 − 30 = 55.38.
  @Test func `a rule that pays back names the month`() throws {
    let cohorts = [PriceFixture.cohort(age: 400, objects: 1_000_000, size: 409_600)]
    let text = try report(cohorts, other: toGlacier()).lines.joined(separator: " ")
    #expect(text.contains("pay back in month 5 (from 2027-03-01), and save 55.38 USD over 12 months"), "\(text)")
  }

  @Test func `rules without an effect cost the same, and those without a price are not judged`() throws {
    #expect(
      try report([small], other: toGlacier(.allClasses)).lines.contains("The other rules cost the same over 12 months.")
    )
    var rule = LifecycleRule(name: "cold")
    rule.transitions = [LifecycleTransition(.age(days: 1), to: "COLD")]
    let text = try report([large], other: LifecyclePlan(rules: [rule])).lines.joined(separator: " ")
    #expect(text.contains("cannot be judged"), "\(text)")
    #expect(text.contains("No price in aws for COLD: counted as nothing."), "\(text)")
    #expect(!text.contains("save"))
  }

  @Test func `own disks without a price say what to set`() throws {
    let text = try report([large], prices: PriceFixture.ownDisk("")).lines.joined(separator: " ")
    #expect(text.contains("set ownDisk.perGBMonth in /etc/stowage/prices.json"), "\(text)")
  }

  @Test func `every line fits on eighty columns, and cannot control a terminal`() throws {
    let odd = PriceFixture.cohort(.current, "EVIL\u{1B}[2J", objects: 1, size: 1 << 50)
    let remarks = [String(repeating: "a remark that is long, ", count: 10)]
    for other in [nil, toGlacier()] {
      for line in try report([small, large, odd], other: other, remarks: remarks).lines {
        #expect(line.count <= 80, "\(line)")
        #expect(!line.contains("\u{1B}"))
      }
    }
  }

  @Test func `nothing stored is said in words`() throws {
    #expect(try report([]).lines.contains("Nothing is stored."))
  }

  @Test func `CSV and JSON have every line of every bill, and add up to the total`() throws {
    let report = try report([small, large], other: toGlacier())
    let export = ForecastExport(report)
    let rows = export.csv.split(separator: "\r\n")
    #expect(rows.count == export.lines.count + 1)
    #expect(rows.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 11 })
    let sum = export.lines.filter { $0.rules == "present" }.compactMap { Decimal(string: $0.amount) }.reduce(0, +)
    let total = try #require(Decimal(string: export.total))
    #expect(abs(sum - total) < Decimal(string: "0.01") ?? 0)
    #expect(export.verdict?.kind == "saves")
    let json = try JSONEncoder().encode(export)
    #expect(try JSONSerialization.jsonObject(with: json) is [String: Any])
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("-5.20", "-5.20"), ("@x", "'@x"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("-x", "'-x"),
    ("a\r\nb", "\"a\r\nb\""),
  ])
  func `a cell is quoted where CSV needs it, and no formula`(text: String, cell: String) {
    #expect(ForecastExport.cell(text) == cell)
  }
}
