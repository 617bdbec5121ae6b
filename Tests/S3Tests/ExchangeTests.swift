import S3
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct `Every request to the store` {
  private func exchanges(_ answers: ScriptedServer.Answer..., then call: (S3Store) throws(StoreError) -> Void) throws
    -> [String]
  {
    let server = try ScriptedServer(answers)
    defer { server.stop() }
    let seen = Mutex<[String]>([])
    let store = try scriptedStore(server.url, attempts: 2).observing { exchange in
      #expect(exchange.duration > .zero)
      seen.withLock { $0.append("\(exchange.operation.name) \(exchange.outcome.rawValue)") }
    }
    _ = failure { () throws(StoreError) in try call(store) }
    return seen.withLock { $0 }
  }

  @Test func `is observed with its operation and its outcome, and so is each attempt`() throws {
    let failing = try exchanges(
      .bytes(answer("", status: "503 Service Unavailable")),
      .bytes(answer("", status: "204 No Content"))
    ) { store throws(StoreError) in try store.delete("ann/x", in: "b") }
    #expect(failing == ["DeleteObject failed", "DeleteObject ok"])
    let missing = try exchanges(.bytes(answer("", status: "404 Not Found"))) { store throws(StoreError) in
      _ = try store.head("ann/x", in: "b", version: nil)
    }
    #expect(missing == ["HeadObject refused"])
  }

  @Test func `that gets no answer is unreachable`() throws {
    let server = try ScriptedServer(.bytes(answer("")))
    server.stop()
    let seen = Mutex<[String]>([])
    let store = try scriptedStore(server.url, attempts: 1).observing { exchange in
      seen.withLock { $0.append(exchange.outcome.rawValue) }
    }
    _ = failure { () throws(StoreError) in try store.delete("ann/x", in: "b") }
    #expect(seen.withLock { $0 } == ["unreachable"])
  }
}
