internal import Signing

/// The reusable memory and hashers of one thread.
final class Workbench {
  /// The largest file that needs no buffer of the budget, in bytes.
  static let ownCapacity = 256 << 10

  /// The buffer of small files and of pieces.
  let buffer = Buffer.unlimited(Workbench.ownCapacity)
  /// The hasher of whole files.
  let whole = SHA256()
  /// The hasher of parts.
  let part = SHA256()
}

/// A job for another thread, which lends its workbench.
typealias PartTask = @Sendable () -> Void

/// Threads that may take over parts of a large file.
protocol PartTakers: Sendable {
  /// Gives the task to an idle thread; returns false if no thread is idle.
  func offer(_ task: @escaping PartTask) -> Bool
}
