import Foundation
import Testing

@testable import Audit

@Suite struct MutesTests {
  private func mutes(_ json: String) throws -> Mutes { try Mutes(json: Array(json.utf8), at: day("2026-11-30")) }

  private func mute(_ id: String = "nginx.hsts", place: String? = nil, until: String = "2027-03-31") -> String {
    let place = place.map { #""where": "\#($0)", "# } ?? ""
    return #"{"id": "\#(id)", \#(place)"reason": "a reason that says why", "until": "\#(until)"}"#
  }

  private func day(_ text: String) throws -> Date { try Date("\(text)T12:00:00Z", strategy: .iso8601) }

  private let failure = Check.hsts.found(at: "https://files.example.com/v1/usage", .fail("no header"))

  @Test func `a mute covers failures of its check until the end of its last day`() throws {
    let mutes = try mutes(#"{"mutes": [\#(mute())]}"#)
    for (now, isMuted) in [("2026-11-30", true), ("2027-03-31", true), ("2027-04-01", false)] {
      let finding = mutes.applied(to: failure, at: try day(now))
      #expect(finding.isOpen == !isMuted, "\(now)")
      #expect((finding.expired != nil) == !isMuted, "\(now)")
    }
  }

  @Test(arguments: [
    ("https://files.example.com/*", true), ("https://other.example.com/*", false), ("*", true),
    ("https://files.example.com/v1/usage", true), ("files", false),
  ])
  func `a mute with a place covers this place only`(place: String, isMuted: Bool) throws {
    let mutes = try mutes(#"{"mutes": [\#(mute(place: place))]}"#)
    #expect(mutes.applied(to: failure, at: try day("2026-11-30")).isOpen == !isMuted)
  }

  @Test func `other checks and passes stay as they are, and an idle mute is named`() throws {
    let mutes = try mutes(#"{"mutes": [\#(mute("nginx.version"))]}"#)
    let passed = Check.serverVersion.found(at: "a", .pass("no version"))
    let now = try day("2026-11-30")
    let findings = [failure, passed].map { mutes.applied(to: $0, at: now) }
    #expect(findings.allSatisfy { $0.mute == nil })
    #expect(mutes.idle(in: findings).map(\.id) == ["nginx.version"])
    #expect(mutes.idle(in: [failure]).isEmpty, "the check was not made")
  }

  @Test(arguments: [
    ("{}", "mutes: expected a list"), ("[]", "mutes: expected a list"), ("{", "no JSON"),
    (#"{"mutes": [], "mute": 1}"#, "mute: an unknown member"),
    (
      #"{"mutes": [{"id": "nginx.hst", "reason": "a reason that says why", "until": "2027-01-01"}]}"#,
      "'nginx.hst' is no check"
    ),
    (#"{"mutes": [{"id": "nginx.hsts", "reason": "why", "until": "2027-01-01"}]}"#, "mutes[0]: reason: expected"),
    (#"{"mutes": [{"id": "nginx.hsts", "reason": "a reason that says why"}]}"#, "until: expected"),
    (
      #"{"mutes": [{"id": "nginx.hsts", "reason": "a reason that says why", "until": "2027-02-30"}]}"#,
      "until: expected"
    ),
    (#"{"mutes": [{"id": "nginx.hsts", "reason": "a reason that says why", "until": "soon"}]}"#, "until: expected"),
    (
      #"{"mutes": [{"id": "nginx.hsts", "reason": "a reason that says why", "until": "9999-12-31"}]}"#,
      "until: expected a day within 5 years"
    ),
    (
      #"{"mutes": [{"id": "nginx.hsts", "reason": "a reason that says why", "until": "2031-12-01"}]}"#,
      "until: expected a day within 5 years"
    ),
    (
      #"{"mutes": [{"id": "nginx.hsts", "place": "x", "reason": "a reason that says why", "until": "2027-01-01"}]}"#,
      "place: an unknown member"
    ),
    (
      #"{"mutes": [{"id": "nginx.hsts", "where": "", "reason": "a reason that says why", "until": "2027-01-01"}]}"#,
      "where: "
    ),
  ])
  func `a malformed file is refused with its problem`(json: String, problem: String) throws {
    let error = #expect(throws: Mutes.Malformed.self) { try mutes(json) }
    #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
  }

  @Test func `the mutes of the development server are valid`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../conf/audit-mutes.json")
    #expect(try Mutes(json: Array(Data(contentsOf: file)), at: day("2026-11-30")).all.count >= 5)
  }
}
