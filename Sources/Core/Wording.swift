/// Formats durations, sizes and untrusted text for a person at a terminal.
public enum Wording {
  /// Formats a duration as `40 s`, `5 min`, `3 h` or `12 d`; a negative duration counts as 0.
  public static func duration(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e12)).rounded())
    switch whole {
    case ..<120: return "\(whole) s"
    case ..<7200: return "\(whole / 60) min"
    case ..<172_800: return "\(whole / 3600) h"
    default: return "\(whole / 86_400) d"
    }
  }

  /// Formats a number of bytes as `500 bytes`, `120 kB` or `3.4 MB`; kB, MB, GB and TB are powers of 1,024.
  public static func bytes(_ count: Int64) -> String {
    guard count >= 1024 else { return "\(count) \(count == 1 ? "byte" : "bytes")" }
    var value = Double(count)
    var unit = ""
    for next in ["kB", "MB", "GB", "TB"] where unit.isEmpty || value >= 1023.5 {
      value /= 1024
      unit = next
    }
    let tenths = Int((value * 10).rounded())
    return tenths < 100 && !tenths.isMultiple(of: 10)
      ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(Int(value.rounded())) \(unit)"
  }

  /// Formats a number with commas between groups of three digits, such as `16,320`.
  public static func grouped(_ count: Int) -> String {
    let digits = Array(String(count.magnitude))
    var text = count < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// Parses a size such as `1048576`, `500 MB` or `1.5GB` and rounds it down to whole bytes; nil if `text` has another
  /// form.
  ///
  /// kB, MB, GB and TB, also as KiB, MiB, GiB and TiB, in any case, are powers of 1,024. A fraction has at most three
  /// digits and needs a unit.
  public static func byteCount(_ text: String) -> Int64? {
    let units = [
      "": 0, "b": 0, "byte": 0, "bytes": 0, "kb": 10, "kib": 10, "mb": 20, "mib": 20, "gb": 30, "gib": 30, "tb": 40,
      "tib": 40,
    ]
    guard let match = text.wholeMatch(of: /([0-9]{1,18})(?:\.([0-9]{1,3}))? ?([A-Za-z]{0,5})/),
      let whole = Int64(match.1), let shift = units[match.3.lowercased()], match.2 == nil || shift > 0
    else { return nil }
    let (bytes, isTooMuch) = whole.multipliedReportingOverflow(by: 1 << shift)
    let thousandths = Int64((match.2.map(String.init) ?? "").padding(3)) ?? 0
    let (sum, isMore) = bytes.addingReportingOverflow(thousandths * (1 << shift) / 1000)
    return isTooMuch || isMore ? nil : sum
  }

  /// Formats a count with its noun, `1 file` or `1,200 files`; `plural` replaces the plural with s.
  public static func number(_ count: Int, _ noun: String, plural: String? = nil) -> String {
    "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
  }

  /// Returns untrusted text as one line that cannot control a terminal.
  ///
  /// Line breaks and tabs become spaces; control characters become escapes such as `\u{1b}`.
  public static func printable(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x0D, 0x2028, 0x2029: line += " "
      case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
        line += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: line.unicodeScalars.append(scalar)
      }
    }
    return line
  }
}

extension String {
  /// Returns the digits with zeros appended, up to `count` digits.
  fileprivate func padding(_ count: Int) -> String { self + String(repeating: "0", count: count - self.count) }
}
