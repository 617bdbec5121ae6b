extension StorageError {
  /// Runs `body`; what it throws becomes `unavailable`, with `what` was out of reach in the detail.
  ///
  /// A `StorageError` stays what it is; where it has a detail for the log, `what` stands there too.
  public static func reaching<Value, Failure: Error>(
    _ what: String,
    _ body: () throws(Failure) -> Value
  ) throws(StorageError) -> Value {
    do {
      return try body()
    } catch let error as StorageError {
      switch error {
      case .unavailable(let detail): throw .unavailable(detail: "\(what): \(detail)")
      case .unexpected(let detail): throw .unexpected(detail: "\(what): \(detail)")
      default: throw error
      }
    } catch {
      throw .unavailable(detail: "\(what): \(error)")
    }
  }
}
