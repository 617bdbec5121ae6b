import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

struct ConfinementTests {
  @Test func `a decoder cannot use sockets, programs, files, processes or signals`() throws {
    let pool = DecoderPool(executable: decoderPath)
    let report = try pool.selfTest()
    let attempts = [
      "open", "create", "socket", "unix-socket", "connect", "execve", "spawn", "fork", "kill", "kill-group",
      "receive-descriptor", "limit", "unlink", "executable-memory",
    ]
    for name in attempts { #expect(report.denied[name] == true, "\(name)") }
    #expect(report.denied["memory"] == false)
    #expect(report.descriptors == [0, 1, 2, 3])
    #expect(report.isConfined)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/decoder-self-test"))
  }

  @Test func `a decoder inherits neither descriptors nor secrets`() throws {
    let leak = open("/etc/hostname", O_RDONLY)
    defer { close(leak) }
    setenv("STOWAGE_TEST_SECRET", "hush", 1)
    let pool = DecoderPool(executable: decoderPath)
    let pid = try #require(pool.serverPID)
    _ = try pool.failure("/etc/hostname", as: .png)
    #expect(pool.serverPID == pid)
    #expect(try pool.selfTest().descriptors == [0, 1, 2, 3])
    // Only root can read the decoder's files under /proc, because the decoder is not dumpable.
    guard getuid() == 0 else { return }
    let folder = "/proc/\(pid)/fd"
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(descriptors == ["0", "1", "2", "3"])
    for name in ["0", "1", "2"] {
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)") == "/dev/null")
    }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/3").hasPrefix("socket:"))
    let environment = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/environ"))
    let names = environment.split(separator: 0).map {
      String(decoding: $0.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
    }
    let memory: Set = ["MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"]
    #expect(Set(names) == memory.union(["VIPS_CONCURRENCY", "LC_ALL", "VIPSHOME", "SWIFT_BACKTRACE"]))
    let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    #expect(status.contains("Seccomp:\t2") && status.contains("NoNewPrivs:\t1"))
    let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
    #expect(limits.contains("Max address space         1610612736"))
  }

  @Test func `a decoder without limits does not start`() throws {
    let folder = try ScratchFolder()
    for arguments in [[], ["pixels=1"], ["self-test"], DecoderLimits().arguments.reversed()] {
      #expect(throws: Unexpected.self) { try folder.run(decoderPath, arguments) }
    }
  }

  @Test func `a decoder with too little memory for its libraries is unavailable, and says so`() throws {
    let pool = DecoderPool(executable: decoderPath, limits: DecoderLimits(addressSpaceBytes: 100 << 20))
    let error = try pool.failure("/etc/hostname", as: .png)
    guard case .unavailable(let detail) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(detail.contains("does not start"))
  }
}
