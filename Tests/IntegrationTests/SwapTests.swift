import Foundation
import HTTP
import TestSupport
import Testing

extension OperatingTests {
  /// `stowage swap` on the running system, while clients GET and POST.
  @Suite(.serialized, .disturbsTheSystem) struct SwapTests {
    private let monitoring: Monitoring
    private var stack: Stack { monitoring.stack }

    init() throws { monitoring = try Monitoring() }

    private func pid(_ process: String) throws -> Int {
      try #require(try monitoring.health(process, "live").members["pid"] as? Int)
    }

    /// Returns the path of the program that `process` runs.
    private func program(_ process: String) throws -> String {
      try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid(process))/exe")
    }

    private func swap(_ arguments: String...) throws -> String {
      String(decoding: try run("stowage", ["swap"] + arguments), as: UTF8.self)
    }

    /// Sends requests again and again until `body` returns; returns the count of each outcome.
    private func underLoad(while body: () throws -> Void) throws -> [String: Int] {
      let file = try stack.upload(Photo.jpeg(width: 64, height: 48))
      let image = try #require(file.variants.first?.url)
      let token = (name: "Authorization", value: "Bearer \(stack.token)")
      let claim = #"{"filename":"a.jpg","size":1000,"contentType":"image/jpeg"}"#
      let refused = #"{"filename":"a.exe","size":1000,"contentType":"application/x-msdownload"}"#
      let questions: [(name: String, ask: @Sendable (Stack, Int) throws -> HTTPResponse)] = [
        ("file", { stack, _ in try stack.send("GET", "/v1/files/\(file.id)", headers: [token]) }),
        ("image", { stack, _ in try stack.send("GET", image) }),
        ("no image", { stack, _ in try stack.send("GET", "/images/demo/\(UUID().uuidString)/thumb.webp") }),
        ("claim", { stack, count in try stack.claim(count.isMultiple(of: 10) ? claim : refused) }),
      ]
      return try outcomes(of: questions.count) { [stack] client, count in
        defer { usleep(5_000) }
        let (name, ask) = questions[client]
        return (try? ask(stack, count)).map { "\(name) \($0.head.status)" } ?? "\(name) failed"
      } while: {
        try body()
      }
    }

    private func expectNoFailure(_ outcomes: [String: Int]) {
      #expect(
        outcomes.keys.sorted() == ["claim 201", "claim 415", "file 200", "image 200", "no image 404"],
        "\(outcomes)"
      )
    }

    @Test func `real processes are swapped twice under load, and no request fails`() throws {
      let outcomes = try underLoad {
        for process in ["files", "image", "presign", "files", "image", "presign"] {
          let before = try pid(process)
          let report = try swap(process, program(process))
          let after = try pid(process)
          #expect(before != after)
          #expect(report.contains("process \(before) answered what it had, and ended"), "\(report)")
          #expect(report.contains("process \(after) has the place"), "\(report)")
        }
      }
      expectNoFailure(outcomes)
      #expect(outcomes.values.reduce(0, +) > 100)
      for process in ["files", "image", "presign"] {
        for _ in 0..<500 where try Int(stack.processID(process)) != pid(process) { usleep(20_000) }
        #expect(try Int(stack.processID(process)) == pid(process), "script/server watches the successor")
      }
    }

    @Test func `a program that crashes, hangs or is not ready never gets a request`() throws {
      let folder = try ScratchFolder()
      func script(_ text: String) throws -> String {
        let path = try folder.write(Array("#!/bin/sh\n\(text)\n".utf8), to: UUID().uuidString)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
      }
      let before = try pid("files")
      let lost = try script("STOWAGE_S3_URL=http://127.0.0.1:9 exec \(program("image")) --staged")
      let programs = [
        ("files", "/bin/false", "status 1"), ("files", try script("echo 'out of soup' >&2; exit 7"), "out of soup"),
        ("files", try script("exec sleep 60"), "never listened"), ("files", try script("kill -SEGV $$"), "signal 11"),
        ("image", lost, "store"),
      ]
      let outcomes = try underLoad {
        for (process, program, words) in programs {
          let error = #expect(throws: Unexpected.self) { try swap(process, program, "--ready-seconds", "2") }
          #expect(error?.description.contains("not swapped") == true && error?.description.contains(words) == true)
        }
      }
      expectNoFailure(outcomes)
      #expect(try pid("files") == before)
      let sockets = try FileManager.default.contentsOfDirectory(atPath: stack.folder.appending(path: "run").path)
      #expect(sockets.filter { $0.contains(".staged") } == [])
    }

    @Test(arguments: [SIGINT, SIGKILL])
    func `an interrupted or killed swap leaves nothing behind`(signal: Int32) throws {
      let folder = try ScratchFolder()
      let text = "#!/bin/sh\nSTOWAGE_S3_URL=http://127.0.0.1:9 exec \(try program("image")) --staged\n"
      let lost = try folder.write(Array(text.utf8), to: "image")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: lost)
      let before = try pid("image")
      let command = Process()
      command.executableURL = URL(filePath: "/usr/bin/env")
      command.arguments = ["stowage", "swap", "image", lost, "--ready-seconds", "60", "--log", folder.file("log")]
      command.standardOutput = FileHandle.nullDevice
      command.standardError = FileHandle.nullDevice
      try command.run()
      func staged() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: stack.folder.appending(path: "run").path)
          .filter { $0.hasPrefix("image.sock.") }
      }
      for _ in 0..<1000 where try staged().isEmpty { usleep(10_000) }
      let new = try #require(try staged().first?.split(separator: ".").dropLast().last.flatMap { Int32($0) })
      kill(command.processIdentifier, signal)
      command.waitUntilExit()
      for _ in 0..<1000 where kill(new, 0) == 0 { usleep(10_000) }
      #expect(kill(new, 0) == -1, "the new process is gone")
      #expect(try staged() == [])
      #expect(try pid("image") == before)
    }

    @Test func `an impossible swap is refused with an explanation`() throws {
      for (arguments, words) in [
        (["worker", "/bin/true"], "SIGTERM"), (["fils", "/bin/true"], "Did you mean files?"),
        (["files", "/nonexistent"], "no program"), (["files", "/bin/true", "--ready-seconds", "0"], "1 to 600"),
      ] {
        let error = #expect(throws: Unexpected.self) { try run("stowage", ["swap"] + arguments) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
      }
    }
  }
}
