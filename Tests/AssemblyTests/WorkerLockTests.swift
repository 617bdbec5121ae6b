import Assembly
import Foundation
import TestSupport
import Testing

@Suite struct WorkerLockTests {
  @Test func `the lock is visible as long as any worker holds it`() throws {
    let folder = try ScratchFolder()
    #expect(!WorkerLock.isHeld(in: folder.path))
    var first: WorkerLock? = try WorkerLock(directory: folder.path)
    var second: WorkerLock? = try WorkerLock(directory: folder.path)
    #expect(WorkerLock.isHeld(in: folder.path))
    withExtendedLifetime(first) { first = nil }
    #expect(WorkerLock.isHeld(in: folder.path))
    withExtendedLifetime(second) { second = nil }
    #expect(!WorkerLock.isHeld(in: folder.path))
  }

  @Test func `a missing folder is reported`() {
    #expect(throws: (any Error).self) { try WorkerLock(directory: "/nonexistent") }
    #expect(!WorkerLock.isHeld(in: "/nonexistent"))
  }
}
