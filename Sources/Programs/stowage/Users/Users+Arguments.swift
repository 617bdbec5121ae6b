import ArgumentParser
import Core

/// In which order users are listed.
enum UserOrder: String, CaseIterable {
  case name, used
}

/// An order of users by its name.
func userOrder(_ text: String) throws -> UserOrder { try oneOf(text) }

/// A plan by its name.
func userPlan(_ text: String) throws -> Plan { try oneOf(text) }

/// A user by the name that their tokens have.
func userID(_ text: String) throws -> UserID {
  guard let user = UserID(text) else { throw ValidationError("1 to 128 of A-Z a-z 0-9 . _ @ -, not . or ..") }
  return user
}

/// A quota as a person writes it.
func byteCount(_ text: String) throws -> Int64 {
  guard let bytes = Wording.byteCount(text), AccountDefaults.quotaRange.contains(bytes) else {
    let most = Wording.bytes(AccountDefaults.quotaRange.upperBound)
    throw ValidationError("expected bytes, or a size such as 500 MB or 1.5 TB, up to \(most)")
  }
  return bytes
}
