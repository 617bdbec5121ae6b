import Core
import Reporting
import Synchronization
import Testing

@Suite struct KeptTests {
  @Test func `a value is found out once in its lifetime`() throws {
    let count = Mutex(0)
    let kept = Kept(for: .seconds(3600)) { () throws(StorageError) in
      count.withLock {
        $0 += 1; return $0
      }
    }
    #expect(try [kept.value, kept.value, kept.value] == [1, 1, 1])
  }

  @Test func `a value whose lifetime is over is found out again`() throws {
    let count = Mutex(0)
    let kept = Kept(for: .zero) { () throws(StorageError) in
      count.withLock {
        $0 += 1; return $0
      }
    }
    #expect(try [kept.value, kept.value] == [1, 2])
  }

  @Test func `an error is not kept`() throws {
    let count = Mutex(0)
    let kept = Kept(for: .seconds(3600)) { () throws(StorageError) -> Int in
      guard
        count.withLock({
          $0 += 1; return $0
        }) > 1
      else { throw .unavailable(detail: "once") }
      return 7
    }
    #expect(throws: StorageError.self) { try kept.value }
    #expect(try kept.value == 7)
  }
}
