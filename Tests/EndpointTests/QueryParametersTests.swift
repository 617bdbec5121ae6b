import Core
import Endpoint
import FastCGI
import Testing

@Suite struct QueryParametersTests {
  private func read(_ query: String) throws(StorageError) -> [String: String] {
    try Request(method: "GET", path: "/v1/users", query: query).parameters("after", "limit")
  }

  @Test func `parameters are decoded, in any order, and none is needed`() throws {
    #expect(try read("") == [:] && read("&&") == [:])
    #expect(try read("limit=5&after=a%40b.c") == ["after": "a@b.c", "limit": "5"])
    #expect(try read("after=") == ["after": ""] && read("after=a+b=c") == ["after": "a+b=c"])
  }

  @Test(arguments: [
    "limit", "limits=5", "Limit=5", "=5", "limit=1&limit=1", "after=%", "after=%4", "after=%zz", "after=%ff",
    "after=%c3%28", "aft%65r=x",
  ])
  func `what is unknown, repeated or cannot be decoded is refused`(query: String) {
    #expect(throws: StorageError.self) { try read(query) }
  }
}
