import Core
import FastCGI
import Testing

@testable import Endpoint

@Suite struct QueryTests {
  private func parameters(_ query: String) throws(StorageError) -> [String: String] {
    try Request(method: "GET", path: "/", query: query).queryParameters()
  }

  @Test(
    arguments: [
      ("", [:]), ("&&", [:]), ("a=b", ["a": "b"]), ("a=b&c=", ["a": "b", "c": ""]), ("a", ["a": ""]),
      ("a=b=c", ["a": "b=c"]), ("=b", ["": "b"]), ("a+b=c+d%2B", ["a b": "c d+"]),
      ("metadata%5Bname%5D=%C3%A4%20%F0%9F%93%B7.jpg", ["metadata[name]": "\u{E4} \u{1F4F7}.jpg"]),
      ("key=ann%2F1%2Foriginal.jpg", ["key": "ann/1/original.jpg"]), ("a=%26%3D%0D%0A%00", ["a": "&=\r\n\0"]),
    ] as [(String, [String: String])]
  )
  func `queries in the form of URLSearchParams are parsed`(query: String, expected: [String: String]) throws {
    #expect(try parameters(query) == expected)
  }

  @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%+1", "a=%FF", "a=%C3", "%C0%AF=a", "a=%ED%A0%80", "a=1&a=2", "a&%61"])
  func `a query with invalid percent-encoded UTF-8 or a duplicate parameter is refused`(query: String) {
    #expect(throws: StorageError.self) { try parameters(query) }
  }

  @Test func `a route accepts its own parameters, and no others`() throws {
    func read(_ query: String) throws(StorageError) -> [String: String] {
      try Request(method: "GET", path: "/v1/users", query: query).queryParameters("after", "limit")
    }
    #expect(try read("") == [:] && read("limit=5&after=a%40b.c") == ["after": "a@b.c", "limit": "5"])
    for query in ["limits=5", "Limit=5", "=5", "limit=1&limit=1", "after=%", "after=x&key=y"] {
      #expect(throws: StorageError.self, "\(query)") { try read(query) }
    }
  }
}
