import Core

/// Says what other lifecycle rules cost and save, and why.
struct ComparisonWording {
  let comparison: ForecastComparison
  let currency: String

  init(_ comparison: ForecastComparison, _ prices: PriceList) {
    self.comparison = comparison
    currency = prices.currency
  }

  /// The judgement, what is paid once, and the reasons.
  var sentences: [String] {
    let count = comparison.present.months.count
    let months = Wording.number(count, "month")
    guard comparison.proposed.unpricedLabels.isEmpty else {
      return ["The other rules cannot be judged, because the price list lacks prices that they need."]
    }
    switch comparison.verdict {
    case .same:
      let isEqual = comparison.sums.allSatisfy { $0.parts == 0 }
      return ["The other rules cost the same over \(months)\(isEqual ? "" : ": less than a cent apart")."]
    case .saves(let saving):
      return ["The other rules save \(money(saving)) over \(months), and are dearer at no time."] + once + reasons
    case .paysBack(let month, let saving):
      let start = comparison.present.months[month - 1].start
      return [
        "The other rules pay back in month \(month) (from \(start)), and save \(money(saving)) over \(months)."
      ] + once + reasons
    case .dearer(let loss, let payback):
      let later =
        switch payback {
        case let payback?: "At the saving of the last month, they pay back after about \(payback) months."
        case nil: "They never pay back: the last month is no cheaper either."
        }
      return ["The other rules are DEARER by \(money(loss)) over \(months). \(later)"] + once + reasons
    }
  }

  private var once: [String] {
    let once = comparison.oneOff
    guard once.cents != 0 else { return [] }
    let (moves, early) = (comparison.difference(of: .transitions), comparison.difference(of: .earlyDeletion))
    let first = firstMonth(.transitions) + firstMonth(.earlyDeletion)
    return [
      "Paid once for each object: \(money(once)) (moves \(ForecastReport.amount(moves)), early ends "
        + "\(ForecastReport.amount(early))), of it \(ForecastReport.amount(first)) in the first month."
    ]
  }

  private func firstMonth(_ group: Bill.Group) -> Money {
    guard let present = comparison.present.months.first, let proposed = comparison.proposed.months.first else {
      return .zero
    }
    return proposed.bill.total(of: group) - present.bill.total(of: group)
  }

  private var reasons: [String] {
    let (now, then) = (objects(comparison.present), objects(comparison.proposed))
    let moves = "\(Wording.grouped(then)) objects are moved, now \(Wording.grouped(now)), at the price of each class"
    let texts: [(Bill.Group, String)] = [
      (.transitions, moves),
      (.archiveOverhead, "each archived object adds 32 KB to its class and 8 KB to STANDARD"),
      (.minimumSize, "objects below 128 KB are billed for 128 KB"),
      (.earlyDeletion, "objects leave a class before its minimum duration"),
      (.storage, "bytes of objects"),
      (.tags, "tags"),
    ]
    return texts.compactMap { group, text in
      let difference = comparison.difference(of: group)
      guard difference.cents != 0 else { return nil }
      return
        "\(difference.parts > 0 ? "+" : "-") \(money(difference.parts > 0 ? difference : .zero - difference)): \(text)"
    }
  }

  private func objects(_ forecast: Forecast) -> Int {
    let count = forecast.months.flatMap(\.usage.transitions.values).reduce(UInt128(0)) { $0 + min($1, 1 << 64) }
    return Int(clamping: count)
  }

  private func money(_ amount: Money) -> String { "\(ForecastReport.amount(amount)) \(currency)" }
}
