public import Core

/// A forecast in words and tables for a terminal of 80 columns.
public struct ForecastReport: Sendable {
  /// The prices.
  public let prices: PriceList
  /// The path of the price lists, for advice.
  public let pricesPath: String
  /// The forecast under the rules of today.
  public let forecast: Forecast
  /// The comparison with other rules, and the name of their document; nil if nothing is compared.
  public let comparison: (ForecastComparison, document: String)?
  /// Sentences about the input: when usage was collected, the assumed growth, the traffic.
  public let basis: [String]
  /// The parts of the rules that the forecast cannot follow, in words.
  public let remarks: [String]

  /// Creates a report.
  public init(
    prices: PriceList,
    pricesPath: String,
    forecast: Forecast,
    comparison: (ForecastComparison, document: String)? = nil,
    basis: [String],
    remarks: [String]
  ) {
    self.prices = prices
    self.pricesPath = pricesPath
    self.forecast = forecast
    self.comparison = comparison
    self.basis = basis
    self.remarks = remarks
  }

  /// The lines of the report.
  public var lines: [String] {
    var lines = [
      "Prices: \(prices.name), \(prices.currency)\(prices.dates.map { ", of \($0)" } ?? "") (\(pricesPath))",
      "Estimates before tax and discounts; ~ marks what is not counted in buckets.",
    ]
    lines += basis
    lines.append("")
    if let comparison {
      lines += comparisonTable(comparison.0) + [""] + ComparisonWording(comparison.0, prices).sentences
    } else {
      lines += monthTable + [""] + lineTable
    }
    lines += warnings
    if !remarks.isEmpty { lines += ["", "Not followed exactly:"] + remarks.map { "- \($0)" } }
    return lines.flatMap { Self.wrapped($0) }
  }

  private var warnings: [String] {
    let unpriced = Array(Set(forecast.unpricedLabels + (comparison?.0.proposed.unpricedLabels ?? []))).sorted()
    guard !unpriced.isEmpty else { return [] }
    if prices.isOwnDisk {
      return ["", "No price: set ownDisk.perGBMonth in \(pricesPath). All amounts are without it."]
    }
    let names = unpriced.map(Wording.printable).joined(separator: ", ")
    return ["", "No price in \(prices.name) for \(names): counted as nothing. Add lines to \(pricesPath)."]
  }

  private var monthTable: [String] {
    let header = ["month from", "storage", "moves", "early end", "requests~", "tags", "egress~", "total"]
    func row(_ name: String, _ amount: (Bill.Group) -> Money, _ total: Money) -> [String] {
      let storage = amount(.storage) + amount(.minimumSize) + amount(.archiveOverhead)
      let requests = amount(.requests) + amount(.retrievals)
      return [name]
        + [storage, amount(.transitions), amount(.earlyDeletion), requests, amount(.tags), amount(.egress), total]
        .map(Self.amount)
    }
    var rows = forecast.months.map { month in row("\(month.start)", { month.bill.total(of: $0) }, month.bill.total) }
    rows.append(row("sum", { forecast.total(of: $0) }, forecast.total))
    return TextTable.lines([header] + rows, rule: true)
  }

  /// The bill of the first month, line by line.
  private var lineTable: [String] {
    guard let month = forecast.months.first else { return [] }
    let rows = month.bill.lines.map { line in
      [
        line.group.rawValue + (line.isEstimate ? "~" : ""), line.bucket?.rawValue ?? "all",
        Wording.printable(line.label ?? "-"), Self.quantity(line), line.unit?.rawValue ?? "no price",
        Self.amount(line.amount),
      ]
    }
    guard !rows.isEmpty else { return ["Nothing is stored."] }
    let header = ["first month", "bucket", "class", "quantity", "unit", prices.currency]
    return TextTable.lines([header] + rows, left: [0, 1, 2, 4])
  }

  private func comparisonTable(_ comparison: ForecastComparison) -> [String] {
    let sums = comparison.sums
    var rows = [["month from", "today's rules", "other rules", "difference", "so far"]]
    for (index, month) in comparison.present.months.enumerated() {
      let other = comparison.proposed.months[index]
      rows.append(
        ["\(month.start)"]
          + [month.bill.total, other.bill.total, other.bill.total - month.bill.total, sums[index]].map(Self.amount)
      )
    }
    let (present, proposed) = (comparison.present.total, comparison.proposed.total)
    rows.append(["sum", Self.amount(present), Self.amount(proposed), Self.amount(proposed - present), ""])
    return TextTable.lines(rows, rule: true)
  }

  /// An amount rounded to hundredths, with commas between groups of three digits.
  static func amount(_ money: Money) -> String {
    let text = money.decimal()
    let whole = text.dropLast(3)
    return (Int(whole).map { ($0 == 0 && text.hasPrefix("-") ? "-" : "") + Wording.grouped($0) } ?? String(whole))
      + text.suffix(3)
  }

  private static func quantity(_ line: Bill.Line) -> String {
    guard line.isPriced else { return "-" }
    let fraction = String(line.thousandths % 1000)
    let whole = line.thousandths / 1000
    return (Int(exactly: whole).map(Wording.grouped) ?? "\(whole)") + "."
      + String(repeating: "0", count: 3 - fraction.count) + fraction
  }

  /// Breaks a sentence at spaces so that no line has more than 80 characters; tables stay as they are.
  static func wrapped(_ text: String) -> [String] {
    guard text.count > 80, !text.contains("  ") else { return [text] }
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= 80 {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

/// Columns of text.
enum TextTable {
  /// Returns the rows with aligned columns: those of `left` at the left, all others at the right.
  ///
  /// `rule` draws a line before the last row.
  static func lines(_ rows: [[String]], left: Set<Int> = [0], rule: Bool = false) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    var lines = rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return left.contains(column) ? cell + space : space + cell
      }
      return cells.joined(separator: "  ").replacing(/\ +$/, with: "")
    }
    if rule, let last = lines.popLast() {
      lines += [String(repeating: "-", count: widths.reduce(0, +) + 2 * max(0, count - 1)), last]
    }
    return lines
  }
}
