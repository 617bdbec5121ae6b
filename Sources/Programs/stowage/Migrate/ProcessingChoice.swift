import ArgumentParser
import Database
import Foundation

/// The treatment of files that vanished from the disk.
enum VanishedChoice: String, CaseIterable, ExpressibleByArgument {
  case keep, trash
}

/// The speed of a run while users upload.
enum SpeedBesideUploads: String, CaseIterable, ExpressibleByArgument {
  case slow, full
}

/// The time at which workers check migrated files.
enum ProcessingChoice: Hashable {
  /// As soon as each file has arrived.
  case now
  /// At the end of the run.
  case later
  /// At this time.
  case at(Date)
  /// When somebody asks.
  case never

  /// Parses `now`, `later`, `never`, a time of day such as `22:00`, or a time such as `2030-01-31T22:00:00Z`.
  init(argument text: String) throws {
    guard let choice = Self(text, after: .now, in: .current) else {
      throw ValidationError("expected now, later, never, or a time such as 22:00 or 2030-01-31T22:00:00Z")
    }
    self = choice
  }

  /// Parses an argument; a time of day is the next such time in `zone` after `now`.
  init?(_ text: String, after now: Date, in zone: TimeZone) {
    switch text {
    case "now": self = .now
    case "later": self = .later
    case "never": self = .never
    default:
      if let date = try? Date(text, strategy: .iso8601) {
        self = .at(date)
        return
      }
      guard let match = text.wholeMatch(of: /([01]?[0-9]|2[0-3]):([0-5][0-9])/) else { return nil }
      var calendar = Calendar(identifier: .gregorian)
      calendar.timeZone = zone
      let time = DateComponents(hour: Int(match.1), minute: Int(match.2))
      guard let date = calendar.nextDate(after: now, matching: time, matchingPolicy: .nextTime) else { return nil }
      self = .at(date)
    }
  }

  /// The choice for files that arrive.
  var processing: MigratedProcessing {
    switch self {
    case .now: .now
    case .at(let date): .later(date)
    case .later, .never: .never
    }
  }
}
