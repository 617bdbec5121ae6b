import Core

/// A forecast for programs.
public struct ForecastExport: Encodable, Sendable {
  /// One line of a bill.
  public struct Line: Encodable, Sendable {
    /// The first day of the month.
    public let month: String
    /// The days of the month.
    public let days: Int
    /// `present` for the rules of today, `proposed` for the other ones.
    public let rules: String
    /// The group of the line.
    public let group: String
    /// The bucket; nil for all together.
    public let bucket: String?
    /// The storage class, or the kind of requests.
    public let label: String?
    /// The quantity, as a decimal number; nil if there is no price.
    public let quantity: String?
    /// The unit of the quantity; nil if there is no price.
    public let unit: String?
    /// The amount, as a decimal number with six digits behind the point.
    public let amount: String
    /// The currency of the amount.
    public let currency: String
    /// True if the quantity was not counted in buckets.
    public let isEstimate: Bool
  }

  /// The judgement about other rules.
  public struct Verdict: Encodable, Sendable {
    /// `same`, `saves`, `paysBack` or `dearer`.
    public let kind: String
    /// The sum under the rules of today, less that under the other ones.
    public let saving: String
    /// The cost that is paid once.
    public let oneOff: String
    /// The month, counted from 1, in which the other rules pay back; nil if they do not, or are never dearer.
    public let paysBackInMonth: Int?
    /// The sentences of the report.
    public let sentences: [String]
  }

  /// The name of the price list.
  public let prices: String
  /// The currency.
  public let currency: String
  /// The sum under the rules of today.
  public let total: String
  /// The judgement; nil if nothing is compared.
  public let verdict: Verdict?
  /// The storage classes without a price.
  public let unpriced: [String]
  /// Sentences about the input.
  public let basis: [String]
  /// The parts of the rules that the forecast cannot follow, in words.
  public let remarks: [String]
  /// All lines.
  public let lines: [Line]

  /// Creates the export of a report.
  public init(_ report: ForecastReport) {
    prices = report.prices.name
    currency = report.prices.currency
    total = report.forecast.total.decimal()
    let comparison = report.comparison?.0
    verdict = comparison.map { Verdict($0, report.prices) }
    unpriced = Array(Set(report.forecast.unpricedLabels + (comparison?.proposed.unpricedLabels ?? []))).sorted()
    basis = report.basis
    remarks = report.remarks
    lines =
      Self.lines(report.forecast, "present", report.prices)
      + (comparison.map { Self.lines($0.proposed, "proposed", report.prices) } ?? [])
  }

  /// The lines as CSV (RFC 4180) with a header.
  public var csv: String {
    let header = "month,days,rules,group,bucket,label,quantity,unit,amount,currency,isEstimate"
    let rows = lines.map { line in
      let cells = [
        line.month, String(line.days), line.rules, line.group, line.bucket ?? "", line.label ?? "",
        line.quantity ?? "", line.unit ?? "", line.amount, line.currency, line.isEstimate ? "true" : "false",
      ]
      return cells.map(Self.cell).joined(separator: ",")
    }
    return ([header] + rows).map { $0 + "\r\n" }.joined()
  }

  private static func lines(_ forecast: Forecast, _ rules: String, _ prices: PriceList) -> [Line] {
    forecast.months.flatMap { month in
      month.bill.lines.map { line in
        let fraction = String(line.thousandths % 1000)
        let zeros = String(repeating: "0", count: 3 - fraction.count)
        return Line(
          month: "\(month.start)",
          days: month.days,
          rules: rules,
          group: line.group.rawValue,
          bucket: line.bucket?.rawValue,
          label: line.label,
          quantity: line.isPriced ? "\(line.thousandths / 1000).\(zeros)\(fraction)" : nil,
          unit: line.unit?.rawValue,
          amount: line.amount.decimal(places: 6),
          currency: prices.currency,
          isEstimate: line.isEstimate
        )
      }
    }
  }

  /// Returns a cell in quotes where CSV needs them, and with an apostrophe where a spreadsheet would read a formula.
  static func cell(_ text: String) -> String {
    let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
    let isNumber = text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?/) != nil
    let safe = isFormula && !isNumber ? "'" + text : text
    let needsQuotes = safe.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
    return needsQuotes ? "\"" + safe.replacing("\"", with: "\"\"") + "\"" : safe
  }
}

extension ForecastExport.Verdict {
  fileprivate init(_ comparison: ForecastComparison, _ prices: PriceList) {
    var month: Int?
    switch comparison.verdict {
    case .same: kind = "same"
    case .saves: kind = "saves"
    case .paysBack(let first, _): (kind, month) = ("paysBack", first)
    case .dearer: kind = "dearer"
    }
    saving = (comparison.present.total - comparison.proposed.total).decimal()
    oneOff = comparison.oneOff.decimal()
    paysBackInMonth = month
    sentences = ComparisonWording(comparison, prices).sentences
  }
}
