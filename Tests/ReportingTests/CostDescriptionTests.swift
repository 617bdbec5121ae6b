import Core
import Costs
import Database
import Foundation
import Testing

@testable import Reporting

@Suite struct CostDescriptionTests {
  private static let today = 20_787
  private static let prices = """
    {"lists": [{"name": "aws", "stores": ["aws"], "region": "us-east-1", "currency": "USD", "bytesPerGB": 1073741824, "lines": [
      {"item": "storage", "unit": "GB-month", "price": "0.023", "class": "STANDARD", "date": "2026-06", "source": "test"},
      {"item": "requests", "unit": "1000 requests", "price": "0.005", "kind": "write", "date": "2026-06", "source": "test"},
      {"item": "egress", "unit": "GB", "price": "0.09", "date": "2026-06", "source": "test"}]}]}
    """

  private func basis() throws -> CostBasis {
    let list = try #require(try PriceBook(json: Array(Self.prices.utf8)).list(named: "aws"))
    return CostBasis(prices: list, plans: [:], notes: ["a note"])
  }

  private var cohort: StoredCohort {
    StoredCohort(
      bucket: .raw,
      storageClass: "STANDARD",
      kind: .current,
      isTagged: false,
      day: Self.today - 60,
      objects: 100,
      bytes: 100 << 30,
      smallObjects: 0,
      smallBytes: 0
    )
  }

  @Test func `the forecast has the requests and the bytes sent of the days before, as the command's has`() throws {
    let traffic = (1...10).flatMap { back in
      [
        TrafficCount(day: Self.today - back, name: .storeRequests, label: "PutObject", value: 100_000),
        TrafficCount(day: Self.today - back, name: .servedBytes, label: "image", value: 1 << 30),
      ]
    }
    let facts = CostDescription.Facts(cohorts: [cohort], counted: Self.today - 1, traffic: traffic)
    let basis = try basis()
    let description = CostDescription(basis, facts, today: Self.today)
    let terms = ForecastTerms(
      prices: try #require(basis.prices),
      start: CalendarDay(number: Self.today),
      counted: CalendarDay(number: Self.today - 1),
      traffic: ObservedTraffic(traffic, today: Self.today)
    )
    let expected = Forecast([cohort], plans: [:], terms: terms).months.map { $0.bill.total.decimal() }
    #expect(description.forecast.map(\.amount) == expected && expected.count == 12)
    #expect(description.notes == ["a note"])
    // 100 GB at 0.023, 3.0 or 3.1 million requests at 0.005 a thousand, 30 or 31 GB at 0.09.
    let first = try #require(Double(description.forecast[0].amount))
    #expect(first >= 2.30 + 15.0 + 2.7 - 0.5 && first <= 2.30 + 15.5 + 2.79 + 0.5, "\(first)")
  }

  @Test func `a forecast without counted requests says so, and today's half day does not count`() throws {
    let half = TrafficCount(day: Self.today, name: .storeRequests, label: "PutObject", value: 1_000_000)
    let facts = CostDescription.Facts(cohorts: [cohort], counted: Self.today, traffic: [half])
    let description = CostDescription(try basis(), facts, today: Self.today)
    #expect(description.notes.count == 2 && description.notes[1].contains("no requests"))
    #expect(try #require(Double(description.forecast[0].amount)) < 3)
  }
}
