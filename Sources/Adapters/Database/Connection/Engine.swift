/// The database engine: where transactions run.
protocol Engine: Sendable {
  /// Runs `body` in one transaction that only reads, so that all reads see the same snapshot; `body` may run again.
  func read<Value>(_ body: (any Connection) throws -> Value) throws -> Value

  /// Returns the result of `body` after its changes are durable; `body` may run again, and on another thread.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws -> Value
  ) throws(DatabaseError) -> Value

  /// Returns a watch for commits by other processes; nil if the engine has none.
  func changeWatch() -> ChangeWatch?

  /// The number of writes that wait for a transaction.
  var waitingWrites: Int { get }
}
