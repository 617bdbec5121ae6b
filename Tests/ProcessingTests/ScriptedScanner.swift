import Scanning
import Synchronization

/// A scanner that returns what a test wants, and counts its calls.
struct ScriptedScanner: MalwareScanner {
  typealias Script = @Sendable (_ descriptor: Int32, _ size: Int64) -> Result<ScanVerdict, ScanError>

  private final class State: Sendable {
    let script = Mutex<Script>({ _, _ in .success(.clean) })
    let count = Atomic(0)
  }

  private let state = State()

  /// The number of calls.
  var count: Int { state.count.load(ordering: .relaxed) }

  func say(_ answer: Result<ScanVerdict, ScanError>) { obey { _, _ in answer } }

  func obey(_ script: @escaping Script) { state.script.withLock { $0 = script } }

  func scan(descriptor: Int32, size: Int64) throws(ScanError) -> ScanVerdict {
    state.count.add(1, ordering: .relaxed)
    return try state.script.withLock { $0 }(descriptor, size).get()
  }

  func version() throws(ScanError) -> String { "a test's own" }
}
