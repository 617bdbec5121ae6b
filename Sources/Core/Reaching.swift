extension StorageError {
  /// Runs `body` and converts an error of another type to `unavailable`, with `what` as the start of the detail.
  ///
  /// A `StorageError` keeps its case; `what` is also prepended to the detail of `unavailable` and `unexpected`.
  ///
  /// ```swift
  /// let exists = try StorageError.reaching("store") { () throws(StoreError) in try store.bucketExists(bucket) }
  /// // unavailable(detail: "store: …") if the store does not answer
  /// ```
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
