import Core
import Foundation
import S3
import TestSupport
import Testing

@testable import Buckets

@Suite struct RetentionCheckTests {
  private func difference(_ rules: String?, _ changes: [String: String] = [:]) throws -> String? {
    let settings = try BucketFixture(at: "http://127.0.0.1:9", changes).settings
    let document = try rules.map { try JSONValue(json: Array(#"{"Rules":[\#($0)]}"#.utf8)) }
    return RetentionCheck.difference(document, settings)
  }

  private func rule(_ expiration: String, status: String = "Enabled", value: String = "standard") -> String {
    #"{"ID":"a","Status":"\#(status)","Filter":{"Tag":{"Key":"retention","Value":"\#(value)"}},"Expiration":\#(expiration)}"#
  }

  @Test func `the document of the checkout has the default age`() throws {
    let fixture = try BucketFixture()
    let raw = try #require(try fixture.documents().first { $0.role == .raw })
    let document = try #require(raw.documents[.lifecycle] ?? nil)
    #expect(RetentionCheck.difference(document, fixture.settings) == nil)
    let other = try BucketFixture(at: "http://127.0.0.1:9", ["STOWAGE_DELETE_AFTER_DAYS": "400"])
    let text = try #require(RetentionCheck.difference(document, other.settings))
    #expect(text.contains("after 365 days") && text.contains("STOWAGE_DELETE_AFTER_DAYS is 400"))
  }

  @Test func `never agrees with a missing or disabled rule, and with no other`() throws {
    let never = ["STOWAGE_DELETE_AFTER_DAYS": "never"]
    #expect(try difference(nil, never) == nil)
    #expect(try difference(rule(#"{"Days":365}"#, status: "Disabled"), never) == nil)
    #expect(try difference(rule(#"{"Days":365}"#, value: "other"), never) == nil)
    #expect(try difference(rule(#"{"Days":365}"#), never)?.contains("is never") == true)
    #expect(try difference(rule(#"{"Date":"2030-01-01T00:00:00Z"}"#), never) != nil)
  }

  @Test func `an age needs the rule, or workers that delete`() throws {
    #expect(try difference(nil)?.contains("STOWAGE_CLEANUP=daily") == true)
    #expect(try difference(nil, ["STOWAGE_CLEANUP": "daily"]) == nil)
    #expect(try difference(rule(#"{"ExpiredObjectDeleteMarker":true}"#)) != nil)
    #expect(try difference(rule(#"{"Date":"2030-01-01T00:00:00Z"}"#))?.contains("at a date") == true)
    #expect(try difference(rule(#"{"Days":365}"#) + "," + rule(#"{"Days":30}"#))?.contains("30 days") == true)
    let both =
      #"{"ID":"a","Status":"Enabled","Filter":{"And":{"Prefix":"","Tags":[{"Key":"retention","Value":"standard"}]}},"Expiration":{"Days":365}}"#
    #expect(try difference(both) == nil)
  }
}
