import Core
import Foundation
import Testing

@testable import Costs

@Suite struct PriceBookTests {
  private func problems(_ json: String) -> String {
    do {
      _ = try PriceBook(json: Array(json.utf8))
      return ""
    } catch StorageError.invalidRequest(let text) {
      return text
    } catch {
      return "\(error)"
    }
  }

  private func document(_ line: String, currency: String = "USD", gigabyte: String = "1073741824", more: String = "")
    -> String
  {
    #"""
    {"lists":[{"name":"x","stores":["aws"],"region":"r","currency":"\#(currency)","bytesPerGB":\#(gigabyte),"lines":[\#(line)]\#(more)}]}
    """#
  }

  private func storage(_ price: String, _ more: String = "", unit: String = "GB-month") -> String {
    #"{"item":"storage","class":"STANDARD","unit":"\#(unit)","price":\#(price),"date":"2026-06","source":"s"\#(more)}"#
  }

  @Test func `the prices that are delivered can be read, and fit every kind of store`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../conf/prices.json")
    let book = try PriceBook(json: Array(Data(contentsOf: file)))
    #expect(book.list(for: .aws, region: "us-east-1")?.name == "aws-us-east-1")
    #expect(book.list(for: .aws, region: "eu-west-1") == nil)
    #expect(book.list(for: .r2, region: "auto")?.name == "r2")
    for store in [StoreSettings.Kind.minio, .seaweedfs, .ceph] {
      #expect(book.list(for: store, region: "us-east-1")?.isOwnDisk == true)
    }
    let aws = try #require(book.list(named: "aws-us-east-1"))
    #expect(aws.terms(of: "GLACIER").overheadBytes == 32_768)
    for name in aws.terms.keys where name != "STANDARD" {
      #expect(aws.line(.transitions(storageClass: name)) != nil, "\(name)")
      #expect(aws.terms(of: name).minimumDays >= 30, "\(name)")
    }
    for list in book.lists where !list.isOwnDisk {
      for line in list.lines.values { #expect(line.source.hasPrefix("https://"), "\(line.item)") }
    }
  }

  @Test(arguments: [
    #""-0.01""#, #""1e3""#, #""0.0000000000001""#, #""123456789012345678901234567890""#, #""100000.000000000001""#,
    #""""#,
    #"" 1""#, #""1,5""#, #""NaN""#, "7", "true", #"["1"]"#, #""٣""#,
  ])
  func `a price that is no plain decimal number is refused`(price: String) {
    #expect(problems(document(storage(price))).contains("lines[0].price: expected a decimal number"), "\(price)")
  }

  @Test(arguments: ["0", "0.000000000001", "0.023", "99999.999999999999", "100000"])
  func `a plain decimal number is kept to the last digit`(price: String) throws {
    let book = try PriceBook(json: Array(document(storage("\"\(price)\"")).utf8))
    #expect(book.lists[0].line(.storage(storageClass: "STANDARD"))?.price == price)
  }

  @Test func `all problems are named in one go`() {
    let text = problems(
      #"""
      {"extra":1,"lists":[{"name":"x","stores":["gcs"],"currency":"usd","bytesPerGB":1000,"lines":[
        {"item":"storage","class":"STANDARD","unit":"GB","price":"1","date":"June","source":"","colour":"red"},
        {"item":"rent"},
        {"item":"requests","kind":"delete","unit":"1000 requests","price":"1","date":"2026-06","source":"s"},
        {"item":"storage","class":"IA","unit":"GB-month","price":"1","date":"2026-13","source":"s","minimumBytes":5,"minimumDays":-1,
         "steps":[{"above":0,"price":"-1"},{"above":10,"price":"1"},{"above":10,"price":"1"}]}
      ]}]}
      """#
    )
    for part in [
      "extra: an unknown member", "stores: expected some of", "currency: expected the three letters",
      "bytesPerGB: expected",
      "lines[0].unit: expected GB-month", "lines[0].date", "lines[0].source", "lines[0].colour: an unknown member",
      "lines[1].item: expected one of", "lines[2].kind: expected write or read", "lines[3].date",
      "lines[3].minimumBytes",
      "lines[3].minimumDays", "lines[3].steps[0].price", "lines[3].steps[2].above",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  @Test func `two prices for one thing are refused, in one list and between lists`() {
    let twice = storage("\"1\"") + "," + storage("\"2\"")
    #expect(problems(document(twice)) == "lists[0].lines[1]: another line has this price")
    let list = document(storage("\"1\"")).dropFirst(10).dropLast(2)
    #expect(problems("{\"lists\":[\(list),\(list)]}").contains("two lists have the name x"))
    let other = list.replacing("\"name\":\"x\"", with: "\"name\":\"y\"")
    #expect(problems("{\"lists\":[\(list),\(other)]}") == "y: another list has prices for aws r")
    #expect(problems(#"{"lists":[],"lists":[]}"#).contains("there twice"))
  }

  @Test(arguments: [
    "", "null", "[]", "{", "{}", #"{"lists":{}}"#, #"{"lists":[]}"#, #"{"lists":[null]}"#, "{\"lists\":[\"\u{1b}\"]}",
  ])
  func `what is no price list is refused`(json: String) {
    #expect(!problems(json).isEmpty, "\(json)")
  }

  @Test func `a document without end is refused`() {
    #expect(problems(String(repeating: "[", count: 100_000)).contains("nested"))
    #expect(problems(String(repeating: " ", count: 2 << 20)).contains("more than"))
    let many = Array(repeating: storage("\"1\""), count: 1001).joined(separator: ",")
    #expect(problems(document(many)).contains("at most 1000 items"))
  }
}
