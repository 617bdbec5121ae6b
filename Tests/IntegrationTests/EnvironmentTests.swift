import Core
import Foundation
import TestSupport
import Testing

extension OperatingTests {
  /// The environment variables of the running system's processes.
  @Suite(.serialized) struct EnvironmentTests {
    private let stack: Stack

    init() throws { stack = try #require(Stack.current) }

    /// Returns every process that the script started, and all their descendants, with names and identifiers.
    private func processes() throws -> [(name: String, id: Int32)] {
      let folder = stack.folder.appending(path: "run").path
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pid") }
      let started = try files.map { file in
        let name = String(file.dropLast(".pid".count))
        return (name: name, id: try stack.processID(name))
      }
      return started + started.flatMap { process in children(of: process.id).map { (process.name + "'s child", $0) } }
    }

    private func children(of id: Int32) -> [Int32] {
      let text = (try? String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)) ?? ""
      let own = text.split(separator: " ").compactMap { Int32($0) }
      return own + own.flatMap(children)
    }

    private func expectNoSecret(in names: Set<String>) throws {
      let secrets =
        try ["STOWAGE_S3_SECRET_KEY", "STOWAGE_EVENTS_TOKEN"].map { try stack.setting($0) }
        + ["STOWAGE_TOKEN", "STOWAGE_ADMIN_TOKEN"].compactMap { stack.environment[$0] }
      #expect(secrets.count == 4 && secrets.allSatisfy { $0.count > 30 })
      var seen: Set<String> = []
      for (name, id) in try processes() {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/environ") else { continue }
        seen.insert(name)
        let text = String(decoding: bytes, as: UTF8.self)
        for secret in secrets { #expect(!text.contains(secret), "\(name)") }
      }
      #expect(seen.isSuperset(of: names), "\(seen)")
    }

    @Test
    func `a child gets no setting of the caller's environment but the file's name, also at its first start`()
      throws
    {
      let folder = try ScratchFolder()
      let lines = #"""
        dir=$1; mkdir -p "$dir/run" "$dir/logs"; . "$2"
        export STOWAGE_TOKEN=a STOWAGE_CONFIG=b AWS_SECRET_ACCESS_KEY=c AWS_PROFILE=d HARMLESS=e
        start probe env; wait "${pid_of[probe]}"; cat "$dir/logs/probe.log"
        """#
      let script = URL(filePath: #filePath).appending(path: "../../../script/lib/children.bash").standardized.path
      let output = try folder.run("bash", ["-euc", lines, "bash", folder.path, script])
      let names = String(decoding: output, as: UTF8.self).split(separator: "\n").map { $0.prefix { $0 != "=" } }
      #expect(names.contains("HARMLESS") && names.contains("STOWAGE_CONFIG"))
      #expect(!names.contains { $0.hasPrefix("AWS_") || $0.hasPrefix("STOWAGE_") && $0 != "STOWAGE_CONFIG" })
    }

    @Test(.disturbsTheSystem) func `no process has a secret in its environment, even after a restart or a swap`() throws
    {
      let all = Set(["weed", "clamd", "nginx"] + ProcessName.allCases.map(\.rawValue))
      try expectNoSecret(in: all)
      let before = try stack.processID("worker")
      let marker = stack.folder.appending(path: "run/worker.paused")
      try Data().write(to: marker)
      kill(before, SIGTERM)
      let end = Date.now + 120
      // The marker must stay until the script has noticed the end: an unannounced end stops everything.
      while (try? stack.processID("worker")) != nil, Date.now < end { usleep(50_000) }
      try FileManager.default.removeItem(at: marker)
      while (try? stack.processID("worker")).map({ $0 == before }) ?? true, Date.now < end { usleep(50_000) }
      #expect(try stack.processID("worker") != before)
      let files = try stack.processID("files")
      let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(files)/exe")
      try run("stowage", ["swap", "files", program])
      while (try? stack.processID("files")).map({ $0 == files }) ?? true, Date.now < end { usleep(50_000) }
      #expect(try stack.processID("files") != files)
      try expectNoSecret(in: all)
    }
  }
}
