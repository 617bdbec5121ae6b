import Core
import Synchronization

/// A value that is created at its first use and kept; a failed creation is repeated at the next use.
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
