import Foundation
import TestSupport
import Testing

private let isWanted = ProcessInfo.processInfo.environment["STOWAGE_CONTRACT_RUN"] == "1" && Stack.current != nil

/// Tests the running processes against web/openapi.yaml with schemathesis: thousands of valid and invalid requests.
///
/// The suite needs a separate system, because a process that another test slows down would look like a failing one.
@Suite(.serialized, .enabled(if: isWanted, "script/test brings a system up for these alone (STOWAGE_CONTRACT_RUN=1)"))
struct ContractTests {
  private let stack: Stack
  private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

  init() throws { stack = try #require(Stack.current) }

  @Test func `no answer is a 5xx, and each is as the document says`() throws {
    let examples = LongRun.count(60, reduced: 20)
    let report = try schemathesis(["--exclude-tag", "events", "--max-examples", "\(examples)"])
    let cases = try #require(report.firstMatch(of: /(\d+) generated, (\d+) passed/), "\(report.suffix(4000))")
    #expect(Int(cases.1) ?? 0 >= LongRun.count(2000, reduced: 800) && cases.1 == cases.2, "\(report.suffix(4000))")
    print("schemathesis: \(cases.0)")
  }

  /// `use_after_free` expects 404 after DELETE, but a deleted file keeps its record and its links for 30 days.
  private static let excludedChecks = "positive_data_acceptance,use_after_free"

  /// Runs schemathesis with these options and returns its output; throws if it found a failure.
  private func schemathesis(_ options: [String]) throws -> String {
    let hooks = root.appending(path: "Tests/ContractTests/openapi")
    let given = try JSONSerialization.data(withJSONObject: Fixture(stack).parameters())
    // schemathesis stores its findings in the current folder.
    let folder = try ScratchFolder()
    defer { withExtendedLifetime(folder) {} }
    let program = root.appending(path: ".venv/bin/schemathesis").path
    let arguments = ["run", root.appending(path: "web/openapi.yaml").path, "--url", stack.url]
    let report = try run(
      "sh",
      ["-c", #"report=$("$@") || { echo "$report" >&2; exit 1; }; echo "$report""#, "sh", program] + arguments
        + ["--exclude-checks", Self.excludedChecks, "--seed", "\(Seeded.given ?? 1)", "--continue-on-failure"]
        + ["--request-timeout", "60", "--suppress-health-check", "all"] + options,
      in: folder.path,
      environment: [
        "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": hooks.path, "PYTHONDONTWRITEBYTECODE": "1",
        "STOWAGE_CONTRACT": String(decoding: given, as: UTF8.self),
        "REQUESTS_CA_BUNDLE": try #require(stack.environment["STOWAGE_CA"]),
      ]
    )
    return String(decoding: report, as: UTF8.self)
  }
}
