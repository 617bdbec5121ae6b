import Core
import Synchronization

/// A value made at its first use, and then kept; a making that failed is tried again at the next use.
final class Lazy<Value: Sendable>: Sendable {
  private let made = Mutex<Value?>(nil)

  func value(_ make: () throws(StorageError) -> Value) throws(StorageError) -> Value {
    try made.withLock { (made) throws(StorageError) in
      if let made { return made }
      let value = try make()
      made = value
      return value
    }
  }
}
