import Foundation
import Synchronization

/// Runs `body` for 0 to `count` - 1 at the same time, each on a separate thread, and returns the results in order.
///
/// `DispatchQueue.concurrentPerform` runs only as many at a time as there are processors.
public func concurrently<Value: Sendable>(
  _ count: Int,
  _ body: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
  let findings = Findings<Value>()
  let group = DispatchGroup()
  for number in 0..<count {
    group.enter()
    Thread.detachNewThread {
      findings.add(Result { try body(number) }, number)
      group.leave()
    }
  }
  group.wait()
  return try findings.all
}

/// Has `clients` threads call `ask` again and again until `body` returns; returns the count of each outcome.
///
/// `ask` gets the client's number and the number of its previous calls.
public func outcomes<Failure: Error>(
  of clients: Int,
  asking ask: @escaping @Sendable (_ client: Int, _ count: Int) -> String,
  while body: () throws(Failure) -> Void
) throws(Failure) -> [String: Int] {
  let found = Mutex<[String: Int]>([:])
  let isDone = Atomic(false)
  let group = DispatchGroup()
  for client in 0..<clients {
    group.enter()
    Thread.detachNewThread {
      var count = 0
      while !isDone.load(ordering: .relaxed) {
        let outcome = ask(client, count)
        found.withLock { $0[outcome, default: 0] += 1 }
        count += 1
      }
      group.leave()
    }
  }
  let result = Result(catching: body)
  isDone.store(true, ordering: .relaxed)
  group.wait()
  try result.get()
  return found.withLock { $0 }
}

/// Runs `body` on a separate thread, so that a blocking test does not delay other tests.
public func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
  }
}

/// The results of threads, by their numbers.
private final class Findings<Value: Sendable>: Sendable {
  private let results = Mutex<[Int: Result<Value, any Error>]>([:])

  func add(_ result: Result<Value, any Error>, _ number: Int) { results.withLock { $0[number] = result } }

  var all: [Value] {
    get throws { try results.withLock { $0.sorted { $0.key < $1.key } }.map { try $0.value.get() } }
  }
}
