public import Core
import Synchronization

/// A value that is found out at most once in a time, because finding it out reads much; requests in between get the last one.
public final class Kept<Value: Sendable>: Sendable {
  private let lifetime: Duration
  private let find: @Sendable () throws(StorageError) -> Value
  private let last = Mutex<(value: Value, end: ContinuousClock.Instant)?>(nil)

  /// Keeps what `find` returns for `lifetime`; an error is not kept.
  public init(for lifetime: Duration, _ find: @escaping @Sendable () throws(StorageError) -> Value) {
    self.lifetime = lifetime
    self.find = find
  }

  /// The value; requests that come while it is found out wait for it.
  public var value: Value {
    get throws(StorageError) {
      let result = last.withLock { last -> Result<Value, StorageError> in
        if let last, last.end > .now { return .success(last.value) }
        do throws(StorageError) {
          let value = try find()
          last = (value, .now + lifetime)
          return .success(value)
        } catch {
          return .failure(error)
        }
      }
      return try result.get()
    }
  }
}
