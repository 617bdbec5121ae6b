import Core
import Testing

@Suite struct ReachingTests {
  private struct Failure: Error, CustomStringConvertible { let description = "refused" }

  private func thrown(_ error: any Error) -> StorageError? {
    do throws(StorageError) {
      try StorageError.reaching("database at /x") { throw error }
      return nil
    } catch {
      return error
    }
  }

  @Test func `the error detail names what could not be reached`() {
    #expect(thrown(Failure()) == .unavailable(detail: "database at /x: refused"))
    #expect(thrown(StorageError.unavailable(detail: "busy")) == .unavailable(detail: "database at /x: busy"))
    #expect(thrown(StorageError.unexpected(detail: "broken")) == .unexpected(detail: "database at /x: broken"))
  }

  @Test func `errors meant for clients stay unchanged`() {
    for error in [StorageError.notFound, .quotaExceeded(available: 1), .invalidRequest("size"), .tooLarge(limit: 1)] {
      #expect(thrown(error) == error)
    }
  }

  @Test func `a value is returned unchanged`() throws { #expect(try StorageError.reaching("x") { 42 } == 42) }
}
