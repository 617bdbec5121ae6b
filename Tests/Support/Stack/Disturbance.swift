import Foundation
public import Testing

/// The relation of a test to the processes of the running system.
///
/// Several test processes share one system. A test that pauses or restarts one of its processes runs alone among the
/// tests that have one of these traits.
public struct Disturbance: TestTrait, SuiteTrait, TestScoping {
  /// The operation of `flock`: LOCK_SH or LOCK_EX.
  let operation: Int32
  /// Every test of a suite has the trait.
  public var isRecursive: Bool { true }

  /// Waits until no other test conflicts, and runs the test.
  public func provideScope(
    for test: Test,
    testCase: Test.Case?,
    performing body: @concurrent @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil, let stack = Stack.current else { return try await body() }
    let lock = open(stack.folder.appending(path: "run/disturbance.lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw Unexpected("run/disturbance.lock: \(String(cString: strerror(errno)))") }
    defer { close(lock) }
    // A blocking call would take a thread of the pool from the tests that run.
    while flock(lock, operation | LOCK_NB) != 0 { try await Task.sleep(for: .milliseconds(50)) }
    try await body()
  }
}

extension Trait where Self == Disturbance {
  /// The test pauses or restarts processes of the running system.
  public static var disturbsTheSystem: Disturbance { Disturbance(operation: LOCK_EX) }
  /// The test needs every process of the running system.
  public static var needsTheWholeSystem: Disturbance { Disturbance(operation: LOCK_SH) }
}
