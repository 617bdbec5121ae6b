extension StorageError {
  /// Runs `body`; whatever it throws becomes `unavailable`, with `what` was out of reach in the detail.
  public static func reaching<Value, Failure: Error>(
    _ what: String,
    _ body: () throws(Failure) -> Value
  ) throws(StorageError) -> Value {
    do {
      return try body()
    } catch let error as StorageError {
      throw error
    } catch {
      throw .unavailable(detail: "\(what): \(error)")
    }
  }
}
