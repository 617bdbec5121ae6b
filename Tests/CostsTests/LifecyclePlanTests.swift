import S3
import Testing

@testable import Core
@testable import Costs

/// The effects of lifecycle documents on objects.
@Suite struct LifecyclePlanTests {
  private func plan(_ rules: String, _ more: String = "", isVersioned: Bool = false) throws -> LifecyclePlan {
    let document = try JSONValue(json: Array("{\"Rules\":[\(rules)]\(more)}".utf8))
    return try LifecyclePlan(document: document, isVersioned: isVersioned)
  }

  private func rule(
    _ actions: String,
    filter: String = #"{"Prefix":""}"#,
    status: String = "Enabled",
    name: String = "a"
  ) -> String {
    #"{"ID":"\#(name)","Status":"\#(status)","Filter":\#(filter),\#(actions)}"#
  }

  private func group(
    _ kind: StoredKind = .current,
    _ storageClass: String = "STANDARD",
    day: Int = 1000,
    size: Int64 = 1 << 20,
    isTagged: Bool = false
  ) -> ObjectGroup {
    ObjectGroup(
      bucket: .raw,
      storageClass: storageClass,
      kind: kind,
      isTagged: isTagged,
      day: day,
      isSmall: size < 131_072,
      objects: 1,
      bytes: size
    )
  }

  private let toInfrequent = #""Transitions":[{"Days":30,"StorageClass":"STANDARD_IA"}]"#
  private let toGlacier = #""Transitions":[{"Days":30,"StorageClass":"GLACIER"}]"#

  @Test func `days are rounded up to the midnight behind them`() throws {
    let plan = try plan(rule(#""Expiration":{"Days":3}"#))
    #expect(plan.next(for: group(), from: 1000) == .deletion(day: 1004))
    #expect(plan.next(for: group(), from: 2000) == .deletion(day: 2000), "an overdue rule acts now")
    let now = try self.plan(rule(#""Transitions":[{"Days":0,"StorageClass":"GLACIER"}]"#))
    #expect(now.next(for: group(), from: 1000) == .move(day: 1001, storageClass: "GLACIER"))
  }

  @Test func `a date is one day for all objects, and passes`() throws {
    let plan = try plan(rule(#""Transitions":[{"Date":"1972-09-28T00:00:00Z","StorageClass":"DEEP_ARCHIVE"}]"#))
    #expect(plan.next(for: group(), from: 990) == .move(day: 1001, storageClass: "DEEP_ARCHIVE"))
    #expect(plan.next(for: group(day: 1500), from: 1500) == .move(day: 1500, storageClass: "DEEP_ARCHIVE"))
  }

  @Test func `a disabled rule does nothing`() throws {
    let plan = try plan(rule(#""Expiration":{"Days":3}"#, status: "Disabled"))
    #expect(plan.next(for: group(), from: 1000) == nil)
  }

  @Test func `of moves on one day the cheapest class wins, and a deletion wins over both`() throws {
    let both = try plan(rule(toInfrequent) + "," + rule(toGlacier, name: "b"))
    #expect(both.next(for: group(), from: 1000) == .move(day: 1031, storageClass: "GLACIER"))
    let end = #""Expiration":{"Days":30}"#
    let all = try plan(rule(toInfrequent) + "," + rule(toGlacier, name: "b") + "," + rule(end, name: "c"))
    #expect(all.next(for: group(), from: 1000) == .deletion(day: 1031))
    let versioned = try plan(rule(toGlacier) + "," + rule(end, name: "c"), isVersioned: true)
    #expect(versioned.next(for: group(), from: 1000) == .move(day: 1031, storageClass: "GLACIER"))
    #expect(versioned.next(for: group(.current, "GLACIER"), from: 1032) == .marker(day: 1032))
    let shorter = try plan(rule(#""Expiration":{"Days":365}"#) + "," + rule(#""Expiration":{"Days":10}"#, name: "b"))
    #expect(shorter.next(for: group(), from: 1000) == .deletion(day: 1011))
  }

  @Test func `objects never move up, and those of unknown classes stay`() throws {
    let plan = try plan(rule(toInfrequent))
    for name in ["GLACIER", "DEEP_ARCHIVE", "STANDARD_IA", "COLD"] {
      #expect(plan.next(for: group(.current, name), from: 2000) == nil, "\(name)")
    }
  }

  @Test func `small objects move only if the document says so`() throws {
    let small = group(size: 131_071)
    let varies = #","TransitionDefaultMinimumObjectSize":"varies_by_storage_class""#
    #expect(try plan(rule(toGlacier)).next(for: small, from: 2000) == nil)
    #expect(try plan(rule(toGlacier), varies).next(for: small, from: 2000) != nil)
    #expect(try plan(rule(toInfrequent), varies).next(for: small, from: 2000) == nil)
    #expect(try plan(rule(toInfrequent)).next(for: group(size: 131_072), from: 2000) != nil)
    let custom = rule(toInfrequent, filter: #"{"ObjectSizeGreaterThan":1000}"#)
    #expect(try plan(custom).next(for: small, from: 2000) != nil, "a filter by size takes precedence")
    #expect(try plan(custom).next(for: group(size: 1000), from: 2000) == nil)
    let below = rule(#""Expiration":{"Days":1}"#, filter: #"{"ObjectSizeLessThan":131072}"#)
    #expect(try plan(below).next(for: small, from: 2000) != nil)
    #expect(try plan(below).next(for: group(size: 131_072), from: 2000) == nil)
  }

  @Test func `filters by the tag of retention and its size are followed, others mean no object`() throws {
    let end = #""Expiration":{"Days":1}"#
    let tag = #"{"Tag":{"Key":"retention","Value":"standard"}}"#
    #expect(try plan(rule(end, filter: tag)).next(for: group(), from: 2000) == nil)
    #expect(try plan(rule(end, filter: tag)).next(for: group(isTagged: true), from: 2000) != nil)
    let both = #"{"And":{"Prefix":"","ObjectSizeGreaterThan":131071,"Tags":[{"Key":"retention","Value":"standard"}]}}"#
    #expect(try plan(rule(end, filter: both)).next(for: group(size: 500, isTagged: true), from: 2000) == nil)
    #expect(try plan(rule(end, filter: both)).next(for: group(isTagged: true), from: 2000) != nil)
    #expect(try plan(rule(end, filter: both)).remarks.isEmpty)
    for (filter, word) in [
      (#"{"Prefix":"alice/"}"#, "alice/"), (#"{"Tag":{"Key":"colour","Value":"red"}}"#, "colour"),
      (#"{"Tag":{"Key":"retention","Value":"premium"}}"#, "retention"),
    ] {
      let other = try plan(rule(end, filter: filter))
      #expect(other.next(for: group(isTagged: true), from: 2000) == nil, "\(filter)")
      #expect(other.remarks.count == 1 && other.remarks[0].contains(word), "\(other.remarks)")
    }
    #expect(try plan(rule(end, filter: #"{"ObjectSizeLessThan":5}"#)).remarks.count == 1)
  }

  @Test func `actions for noncurrent versions, incomplete uploads and markers keep to their kinds`() throws {
    let plan = try plan(
      rule(#""NoncurrentVersionExpiration":{"NoncurrentDays":31}"#) + ","
        + rule(#""NoncurrentVersionTransitions":[{"NoncurrentDays":5,"StorageClass":"GLACIER"}]"#, name: "b") + ","
        + rule(#""AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}"#, name: "c") + ","
        + rule(#""Expiration":{"ExpiredObjectDeleteMarker":true}"#, name: "d"),
      isVersioned: true
    )
    #expect(plan.next(for: group(), from: 1000) == nil)
    #expect(plan.next(for: group(.variant), from: 1000) == nil)
    #expect(plan.next(for: group(.noncurrent), from: 1000) == .move(day: 1006, storageClass: "GLACIER"))
    #expect(plan.next(for: group(.noncurrent, "GLACIER"), from: 1007) == .deletion(day: 1032))
    #expect(plan.next(for: group(.multipart), from: 1000) == .deletion(day: 1008))
    #expect(plan.next(for: group(.marker), from: 1000) == nil)
  }

  @Test func `versions that a rule keeps are kept, and it says so`() throws {
    let keep = rule(#""NoncurrentVersionExpiration":{"NoncurrentDays":5,"NewerNoncurrentVersions":3}"#)
    let plan = try plan(keep, isVersioned: true)
    #expect(plan.next(for: group(.noncurrent), from: 2000) == nil)
    #expect(plan.remarks == ["a: NewerNoncurrentVersions is taken to keep every old version"])
  }

  @Test func `an expired object of a bucket with versions stays until its noncurrent days are over`() throws {
    let plan = try plan(
      rule(#""Expiration":{"Days":10},"NoncurrentVersionExpiration":{"NoncurrentDays":31}"#),
      isVersioned: true
    )
    let forecast = try PriceFixture.forecast([PriceFixture.cohort(objects: 1, size: 30 << 30)], plan, months: 2)
    // Noncurrent on day 11, gone on day 11 + 32 = 43: 30 days of November, 13 of December.
    #expect(forecast.months[0].bill.total.decimal() == "0.69")
    #expect(forecast.months[1].usage.byteDays.values.first == UInt128(30 << 30) * 13)
  }

  @Test(arguments: [
    #"{"Rules":[{"ID":"a","Status":"On","Filter":{}}]}"#, #"{"Rules":[{"ID":"a"}]}"#, #"{"Rules":5}"#,
    #"{"Rules":[7]}"#,
    #"{"Rules":[{"ID":"a","Status":"Enabled","Transitions":[{"Days":"30","StorageClass":"GLACIER"}]}]}"#,
    #"{"Rules":[],"TransitionDefaultMinimumObjectSize":"none"}"#, #"[]"#,
  ])
  func `a document of another form is refused`(json: String) throws {
    let document = try JSONValue(json: Array(json.utf8))
    #expect(throws: StorageError.self) { try LifecyclePlan(document: document, isVersioned: true) }
  }

  @Test func `absurd numbers do no harm`() throws {
    let plan = try plan(
      rule(#""Expiration":{"Days":9223372036854775807}"#) + ","
        + rule(#""Transitions":[{"Days":-9223372036854775808,"StorageClass":"GLACIER"}]"#, name: "b")
    )
    #expect(plan.next(for: group(), from: 1000) == .move(day: 1001, storageClass: "GLACIER"))
    #expect(try PriceFixture.forecast([PriceFixture.cohort(objects: 1, size: 1 << 30)], plan).months.count == 12)
  }
}
