public import Core
public import Database

/// The failures that end a run of a migration; what was done before stays done.
public enum MigrationError: Error, Hashable, Sendable {
  /// The ledger cannot record what happens.
  case ledger(LedgerError)
  /// The database does not answer, or refuses a batch.
  case database(StorageError)
  /// The store refuses every file: the keys, the bucket, the clock or the certificate is wrong.
  case store(SendFailure)
  /// The tree cannot be read.
  case tree(TreeError)
  /// Every further file of a restore would fail for this reason; the outcome has what was done before.
  case restore(RestoreFailure, RollbackOutcome)

  /// Runs `body`, and converts an error of the ledger.
  static func recording<Value>(_ body: () throws(LedgerError) -> Value) throws(MigrationError) -> Value {
    do throws(LedgerError) { return try body() } catch { throw .ledger(error) }
  }

  /// Runs `body`, and converts an error of the database.
  static func storing<Value>(_ body: () throws(StorageError) -> Value) throws(MigrationError) -> Value {
    do throws(StorageError) { return try body() } catch { throw .database(error) }
  }
}

extension MigrationError: CustomStringConvertible {
  /// The failure as text for terminals.
  public var description: String {
    switch self {
    case .ledger(let error): error.description
    case .database(let error): error.description
    case .store(let failure): "the store refuses every file: \(failure)"
    case .tree(let error): error.description
    case .restore(.diskFull, _):
      "The disk of the folder is full. Every file that is there is complete: make room and run the command again."
    case .restore(let failure, _): "no further file can be restored: \(failure)"
    }
  }
}
