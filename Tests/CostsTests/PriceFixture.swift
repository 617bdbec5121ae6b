import Core
import Foundation

@testable import Costs

/// Prices and cohorts for tests.
enum PriceFixture {
  /// The prices that the worked bills are calculated with; they equal those of us-east-1 and R2 in 2026.
  static let book: PriceBook? = try? PriceBook(json: Array(document.utf8))

  static func list(_ name: String = "aws") throws -> PriceList {
    guard let list = try PriceBook(json: Array(document.utf8)).list(named: name) else { throw Missing() }
    return list
  }

  struct Missing: Error {}

  /// Own disks at a price per GB and month; empty for none.
  static func ownDisk(_ price: String) throws -> PriceList {
    let json = #"{"lists": [], "ownDisk": {"currency": "EUR", "perGBMonth": "\#(price)"}}"#
    guard let list = try PriceBook(json: Array(json.utf8)).list(named: "own-disk") else { throw Missing() }
    return list
  }

  private static func line(_ item: String, _ unit: String, _ price: String, _ more: String = "") -> String {
    #"{"item":"\#(item)","unit":"\#(unit)","price":"\#(price)","date":"2026-06","source":"test"\#(more)}"#
  }

  static let document = #"""
    {"lists": [
      {"name":"aws","stores":["aws"],"region":"us-east-1","currency":"USD","bytesPerGB":1073741824,"lines":[
        \#(line("storage", "GB-month", "0.023", #","class":"STANDARD","steps":[{"above":51200,"price":"0.022"}]"#)),
        \#(line("storage", "GB-month", "0.0125", #","class":"STANDARD_IA","minimumBytes":131072,"minimumDays":30"#)),
        \#(line("storage", "GB-month", "0.0036", #","class":"GLACIER","minimumDays":90,"overheadBytes":32768,"standardOverheadBytes":8192"#)),
        \#(line("storage", "GB-month", "0.00099", #","class":"DEEP_ARCHIVE","minimumDays":180,"overheadBytes":32768,"standardOverheadBytes":8192"#)),
        \#(line("requests", "1000 requests", "0.005", #","kind":"write""#)),
        \#(line("requests", "1000 requests", "0.0004", #","kind":"read""#)),
        \#(line("transitions", "1000 requests", "0.01", #","class":"STANDARD_IA""#)),
        \#(line("transitions", "1000 requests", "0.03", #","class":"GLACIER""#)),
        \#(line("transitions", "1000 requests", "0.05", #","class":"DEEP_ARCHIVE""#)),
        \#(line("retrieval", "GB", "0.01", #","class":"GLACIER""#)),
        \#(line("retrievalRequests", "1000 requests", "0.05", #","class":"GLACIER""#)),
        \#(line("tags", "10000 tag-months", "0.01")),
        \#(line("egress", "GB", "0.09", #","free":100"#))
      ]},
      {"name":"r2","stores":["r2"],"currency":"USD","bytesPerGB":1000000000,"lines":[
        \#(line("storage", "GB-month", "0.015", #","class":"STANDARD","free":10,"roundsUp":true"#)),
        \#(line("requests", "1000000 requests", "4.50", #","kind":"write","free":1,"roundsUp":true"#)),
        \#(line("requests", "1000000 requests", "0.36", #","kind":"read","free":10,"roundsUp":true"#)),
        \#(line("egress", "GB", "0"))
      ]}
    ]}
    """#

  /// 1 November 2026: the first month has 30 days, the second 31.
  static let start = CalendarDay("2026-11-01") ?? CalendarDay(number: 0)

  static func cohort(
    _ kind: StoredKind = .current,
    in bucket: BucketRole = .raw,
    _ storageClass: String = "STANDARD",
    age: Int = 0,
    objects: Int64,
    size: Int64,
    isTagged: Bool = false
  ) -> StoredCohort {
    let (bytes, isTooMuch) = objects.multipliedReportingOverflow(by: size)
    let isSmall = size < StoredCohort.smallBelow
    let total = isTooMuch ? Int64.max : bytes
    return StoredCohort(
      bucket: bucket,
      storageClass: storageClass,
      kind: kind,
      isTagged: isTagged,
      day: start.number - age,
      objects: objects,
      bytes: total,
      smallObjects: isSmall ? objects : 0,
      smallBytes: isSmall ? total : 0
    )
  }

  static func forecast(
    _ cohorts: [StoredCohort],
    _ plan: LifecyclePlan = LifecyclePlan(),
    prices: PriceList? = nil,
    months: Int = 12,
    growth: Growth = .none,
    traffic: ObservedTraffic? = nil,
    present: LifecyclePlan? = nil
  ) throws -> Forecast {
    let terms = ForecastTerms(
      prices: try prices ?? list(),
      start: start,
      months: months,
      growth: growth,
      traffic: traffic,
      present: [.raw: present ?? plan]
    )
    return Forecast(cohorts, plans: [.raw: plan], terms: terms)
  }
}
