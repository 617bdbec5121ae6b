internal import FoundationEssentials
internal import Glibc

/// A moment in the two spellings that a signature uses, in UTC.
struct Timestamp {
  /// `20150830`.
  let day: String
  /// `20150830T123600Z`.
  let text: String

  init(_ date: Date) {
    var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    day = digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2)
    text = day + "T" + digits(parts.tm_hour, 2) + digits(parts.tm_min, 2) + digits(parts.tm_sec, 2) + "Z"
  }
}

private func digits(_ number: Int32, _ count: Int) -> String {
  let text = String(number)
  return text.utf8.count < count ? String(repeating: "0", count: count - text.utf8.count) + text : text
}
