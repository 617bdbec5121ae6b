import Buckets
import Core
import Costs
import Database
import Foundation
import S3

/// Reads what a forecast needs, and makes the report.
struct ForecastRun {
  private let command: UsageForecast
  private let settings: Settings
  private let database: FileDatabase

  init(_ command: UsageForecast, settings: Settings, database: FileDatabase) {
    (self.command, self.settings, self.database) = (command, settings, database)
  }

  /// The roles that are counted.
  private var roles: [BucketRole] { command.bucket.map { [$0] } ?? BucketRole.allCases }

  func report(at now: Date) throws(StorageError) -> ForecastReport {
    let prices = try priceList()
    let today = now.daysSince1970
    let plans = try presentPlans()
    let changed = command.bucket ?? .raw
    let other = try command.lifecycle.map { path throws(StorageError) in
      try LifecyclePlan(
        document: folder.read(.lifecycle, of: changed, at: path),
        isVersioned: plans[changed]?.isVersioned ?? false
      )
    }
    guard let collection = try database.usageCollection(at: now).latest else {
      throw .invalidRequest("Nothing is known about the buckets yet: run `stowage usage collect` first.")
    }
    let cohorts = try database.usageCohorts().filter { roles.contains($0.bucket) }
    let observed = try database.trafficDays(from: today - ObservedTraffic.observedDays, to: today - 1)
    let traffic = command.bucket == nil ? ObservedTraffic(observed, today: today) : nil
    let terms = ForecastTerms(
      prices: prices,
      start: CalendarDay(number: today),
      counted: Self.day(of: collection),
      months: command.months,
      growth: command.growth,
      traffic: traffic,
      present: plans
    )
    let forecast = Forecast(cohorts, plans: plans, terms: terms)
    var comparison: (ForecastComparison, document: String)?
    if let other, let path = command.lifecycle {
      let proposed = Forecast(cohorts, plans: plans.merging([changed: other]) { $1 }, terms: terms)
      comparison = (ForecastComparison(present: forecast, proposed: proposed), path)
    }
    let remarks = roles.flatMap { role in (plans[role]?.remarks ?? []).map { "\(role.rawValue): \($0)" } }
    let others = (other?.remarks ?? []).map { "\(changed.rawValue), other rules: \($0)" }
    return ForecastReport(
      prices: prices,
      pricesPath: settings.prices,
      forecast: forecast,
      comparison: comparison,
      basis: basis(collection, cohorts, traffic, today),
      remarks: remarks + others
    )
  }

  private func priceList() throws(StorageError) -> PriceList {
    let book = try PriceBook(path: settings.prices)
    let names = book.lists.map(\.name).joined(separator: ", ")
    if let name = command.prices {
      guard let list = book.list(named: name) else {
        throw .invalidRequest("\(settings.prices): no list \(Wording.printable(name)); it has \(names)")
      }
      return list
    }
    guard let list = book.list(for: settings.store.kind, region: settings.store.region) else {
      throw .invalidRequest(
        "\(settings.prices): no prices for \(settings.store.kind.rawValue) in \(settings.store.region). Add a list, or "
          + "compare with one of another place by --prices; it has \(names)."
      )
    }
    return list
  }

  private var folder: DocumentFolder { DocumentFolder(nil, settings: settings) }

  private func presentPlans() throws(StorageError) -> [BucketRole: LifecyclePlan] {
    var plans: [BucketRole: LifecyclePlan] = [:]
    for role in roles {
      let isVersioned = try folder.read(.versioning, of: role)?["Status"]?.string == "Enabled"
      plans[role] = try LifecyclePlan(document: folder.read(.lifecycle, of: role), isVersioned: isVersioned)
    }
    return plans
  }

  private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, isTooMuch) = left.addingReportingOverflow(right)
    return isTooMuch ? .max : sum
  }

  private static func day(of collection: UsageCollection) -> CalendarDay {
    CalendarDay(number: collection.beganAt.daysSince1970)
  }

  /// Says what the forecast is calculated from.
  private func basis(
    _ collection: UsageCollection,
    _ cohorts: [StoredCohort],
    _ traffic: ObservedTraffic?,
    _ today: Int
  ) -> [String] {
    let counted = Self.day(of: collection)
    let age = max(0, today - counted.number)
    let old = age > 7 ? " That is old: run `stowage usage collect`." : ""
    var lines = ["Usage of \(counted), \(age == 0 ? "today" : "\(Wording.number(age, "day")) ago").\(old)"]
    switch command.growth {
    case .none: lines.append("Growth: none.")
    case .monthly(let thousandths):
      lines.append(
        "Growth: each month adds \(thousandths / 10).\(thousandths % 10)% of what is stored at its beginning."
      )
    case .history:
      let growth = Forecast.dailyGrowth(of: cohorts, today: counted)
      let parts = roles.compactMap { role -> String? in
        let bytes = growth.filter { $0.bucket == role }.reduce(Int64(0)) { Self.sum($0, $1.bytes) }
        return bytes > 0 ? "\(role.rawValue) \(Wording.bytes(bytes))" : nil
      }
      lines.append(
        "Growth: the median day of the last 30: \(parts.isEmpty ? "nothing" : parts.joined(separator: ", ")) a day."
      )
    }
    if let traffic {
      lines.append("Requests and bytes sent: the average of the last \(Wording.number(traffic.days, "day")).")
    } else if command.bucket == nil {
      lines.append("Requests and bytes sent: none were counted yet, so they are missing.")
    } else {
      lines.append("Requests and bytes sent are not counted by bucket, so they are missing.")
    }
    return lines
  }
}
