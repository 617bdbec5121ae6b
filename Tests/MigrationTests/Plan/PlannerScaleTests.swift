import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Migration

/// Time and memory of a plan and of a delta over a large tree, which `STOWAGE_LARGE_TREE` names.
///
/// `STOWAGE_LARGE_TREE` is a folder of users' folders with a million small files, made by a person who measures.
@Suite struct PlannerScaleTests {
  private static let given = ProcessInfo.processInfo.environment["STOWAGE_LARGE_TREE"]

  /// Returns the megabytes of one field of `/proc/self/status`.
  private func megabytes(_ field: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(field + ":") })
    return try #require(Int(line.filter(\.isNumber))) / 1024
  }

  /// Returns the seconds that the process has spent on a processor.
  private func processorSeconds() throws -> Double {
    var time = timespec()
    try #require(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  @Test(.enabled(if: given != nil, "STOWAGE_LARGE_TREE names no folder"))
  func `a plan and a delta of a large tree stay below 60 s and 200 MB`() throws {
    let root = try TreeRoot(#require(Self.given))
    let place = try ScratchFolder()
    let identity = root.identity(endpoint: "e", bucket: "b")
    let ledger = try MigrationLedger(path: place.file("ledger"), for: identity)
    for kind in ["plan", "delta", "delta"] {
      try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
      let run = try ledger.beginRun(kind, options: "{}", at: .now)
      var report: PlanReport?
      let before = try megabytes("VmRSS")
      let start = try processorSeconds()
      let time = try ContinuousClock().measure {
        report = try Planner(PlanSettings()).plan(root, into: ledger, run: run)
      }
      let files = try #require(report).files.files
      let most = try megabytes("VmHWM")
      let seconds = try processorSeconds() - start
      print("\(kind): \(files) files in \(time), \(seconds) s of CPU, \(before) MB before, at most \(most) MB")
      print(report?.words ?? "")
      if kind == "delta" { #expect(time < .seconds(60)) }
      #expect(most < 200)
    }
  }
}
