/// The difference between two forecasts for the same objects: under the rules of today, and under others.
public struct ForecastComparison: Sendable {
  /// The judgement.
  public enum Verdict: Equatable, Sendable {
    /// Both cost the same.
    case same
    /// The other rules are never dearer; they save the amount.
    case saves(Money)
    /// The other rules cost more at first; from this month on, counted from 1, they have saved more than they cost.
    case paysBack(month: Int, saving: Money)
    /// The other rules are dearer over all months.
    case dearer(by: Money, paysBackAfter: Int?)
  }

  /// The forecast under the rules of today.
  public let present: Forecast
  /// The forecast under the other rules.
  public let proposed: Forecast

  /// Compares two forecasts of the same months.
  public init(present: Forecast, proposed: Forecast) {
    self.present = present
    self.proposed = proposed
  }

  /// The difference of each month, proposed less present.
  public var differences: [Money] {
    zip(present.months, proposed.months).map { $1.bill.total - $0.bill.total }
  }

  /// The differences of all months up to each.
  public var sums: [Money] {
    var sum = Money.zero
    return differences.map {
      sum += $0
      return sum
    }
  }

  /// The difference of a group over all months, proposed less present.
  public func difference(of group: Bill.Group) -> Money { proposed.total(of: group) - present.total(of: group) }

  /// The cost that the other rules have once for each object: the moves, and the rest of minimum durations, beyond those of the present rules.
  public var oneOff: Money { difference(of: .transitions) + difference(of: .earlyDeletion) }

  /// The judgement over all months; amounts below half a cent count as nothing.
  public var verdict: Verdict {
    let sums = sums
    guard let last = sums.last, sums.contains(where: { $0.cents != 0 }) else { return .same }
    if last.cents > 0 { return .dearer(by: last, paysBackAfter: monthsToPayBack(last)) }
    guard let loss = sums.lastIndex(where: { $0.cents > 0 }) else {
      return last.cents == 0 ? .same : .saves(.zero - last)
    }
    return .paysBack(month: loss + 2, saving: .zero - last)
  }

  /// The number of months after which the sum is paid back if each month saves what the last did; nil if that saves nothing.
  private func monthsToPayBack(_ loss: Money) -> Int? {
    guard let last = zip(present.months, proposed.months).map({ ($0, $1) }).last else { return nil }
    let saving = last.0.bill.total - last.1.bill.total
    guard saving.parts > 0 else { return nil }
    let more = (loss.parts + saving.parts - 1) / saving.parts
    return Int(exactly: more).flatMap { $0 < 100_000 ? $0 + present.months.count : nil }
  }
}
