import ArgumentParser
import Core
import Foundation
import Migration

/// Parses a rate such as `50MB/s`; a number without a unit is refused, since tools differ about its meaning.
func rateLimit(_ text: String) throws -> BandwidthLimiter {
  guard text.wholeMatch(of: /[0-9]+(\.[0-9]+)? ?([kKMG]i?)?B(\/s)?/) != nil, let limiter = BandwidthLimiter(text) else {
    throw ValidationError("expected a rate in bytes per second with its unit, such as 800kB/s, 50MB/s or 2MiB/s")
  }
  return limiter
}

/// Parses a size such as `100MB`; a number without a unit is refused.
func sizeWithUnit(_ text: String) throws -> Int64 {
  guard text.last?.isLetter == true, let bytes = Wording.byteCount(text) else {
    throw ValidationError("expected a size with its unit, such as 500kB, 100MB or 1.5GB")
  }
  return bytes
}

/// Parses a pattern such as `{shard}/{user}/**`.
func ownerPattern(_ text: String) throws -> OwnerPattern {
  do {
    return try OwnerPattern(text)
  } catch {
    throw ValidationError("\(error)")
  }
}

/// Parses a visibility.
func visibilityNamed(_ text: String) throws -> Visibility { try oneOf(text) }

/// Parses a date such as `2026-11-01`, which is midnight UTC, or a time such as `2026-11-01T12:00:00Z`.
func moment(_ text: String) throws -> Date {
  if let time = try? Date(text, strategy: .iso8601) { return time }
  if let day = try? Date(text, strategy: .iso8601.year().month().day()) { return day }
  throw ValidationError("expected a date such as 2026-11-01, or a time such as 2026-11-01T12:00:00Z")
}

/// Parses a part such as `5%`.
func percentage(_ text: String) throws -> Double {
  guard text.hasSuffix("%"), let number = Double(text.dropLast()), number > 0, number <= 100 else {
    throw ValidationError("expected a part such as 5%")
  }
  return number / 100
}
