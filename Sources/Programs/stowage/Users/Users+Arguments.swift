import ArgumentParser
import Core

/// The order in which users are listed.
enum UserOrder: String, CaseIterable {
  case name, used
}

/// Parses an order of users.
func userOrder(_ text: String) throws -> UserOrder { try oneOf(text) }

/// Parses a plan.
func userPlan(_ text: String) throws -> Plan { try oneOf(text) }

/// Parses a user identifier, as the user's tokens name it.
func userID(_ text: String) throws -> UserID {
  guard let user = UserID(text) else { throw ValidationError("expected \(UserID.expected)") }
  return user
}

/// Parses a quota, in bytes or with a unit.
func byteCount(_ text: String) throws -> Int64 {
  guard let bytes = Wording.byteCount(text), AccountDefaults.quotaRange.contains(bytes) else {
    let most = Wording.bytes(AccountDefaults.quotaRange.upperBound)
    throw ValidationError("expected bytes, or a size such as 500MB, 5GiB or 1.5TB, up to \(most)")
  }
  return bytes
}
