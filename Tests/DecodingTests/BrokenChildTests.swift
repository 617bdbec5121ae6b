import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

struct BrokenChildTests {
  private func detail(_ error: DecodeError?) -> String {
    switch error {
    case .broken(let detail), .late(let detail): detail
    default: "not broken: \(String(describing: error))"
    }
  }

  /// Makes a file that takes seconds to decode: 30 million interlaced pixels that do not compress.
  private func heavyFile(in folder: ScratchFolder) throws -> String {
    try folder.run("vips", ["gaussnoise", "noise.v", "6000", "5000", "--sigma", "60"])
    try folder.run("vips", ["cast", "noise.v", "heavy.png[compression=0,interlace=true]", "uchar"])
    return folder.file("heavy.png")
  }

  @Test func `a child killed at work is an ordinary error, and the next file is served`() throws {
    let folder = try ScratchFolder()
    let heavy = try heavyFile(in: folder)
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let pool = DecoderPool(executable: decoderPath)
    let pid = try #require(pool.sparePIDs.first)
    let killer = Thread {
      // Wait until the child has used so much CPU time that it must be decoding.
      while exists(pid), cpuTicks(pid) < 40 { usleep(5_000) }
      kill(pid, SIGKILL)
    }
    killer.start()
    let error = try pool.failure(heavy, as: .png, for: user("a"))
    #expect(detail(error) == "killed by signal 9")
    #expect(try pool.failure(light, as: .png, for: user("a")) == nil)
    #expect(!exists(pid))
  }

  @Test func `a child that hangs is killed at the deadline`() throws {
    let folder = try ScratchFolder()
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let pool = DecoderPool(executable: decoderPath, limits: DecoderLimits(deadlineSeconds: 1))
    #expect(try pool.failure(light, as: .png, for: user("a")) == nil)
    let pid = try #require(pool.restingPIDs.first)
    kill(pid, SIGSTOP)
    let start = ContinuousClock.now
    #expect(detail(try pool.failure(light, as: .png, for: user("a"))) == "no answer before the deadline")
    #expect(start.duration(to: .now) < .seconds(10))
    #expect(!exists(pid))
    #expect(try pool.failure(light, as: .png, for: user("a")) == nil)
  }

  @Test func `a child that died while idle goes unnoticed`() throws {
    let folder = try ScratchFolder()
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let pool = DecoderPool(executable: decoderPath)
    for _ in 0..<3 {
      for pid in pool.sparePIDs + pool.restingPIDs {
        kill(pid, SIGKILL)
        while !isOver(pid) { usleep(5_000) }
      }
      #expect(try pool.failure(light, as: .png, for: user("a")) == nil)
    }
  }

  @Test func `an image that needs more memory than a child has is refused before it is decoded`() throws {
    let folder = try ScratchFolder()
    try folder.run("vips", ["black", "large.png[interlace=true]", "7000", "7000", "--bands", "4"])
    let pool = DecoderPool(executable: decoderPath, limits: DecoderLimits(addressSpaceBytes: 400 << 20))
    let error = try pool.failure(folder.file("large.png"), as: .png, for: user("a"))
    guard case .refused(.dimensionsExceeded, let exceeded?) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(exceeded.quantity == .memory && exceeded.limit == 400 << 20 && exceeded.width == 7000)
    #expect(pool.restingPIDs.count == 1)
  }

  @Test func `a child that runs out of CPU time is an ordinary error`() throws {
    let folder = try ScratchFolder()
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    try folder.run("vips", ["black", "large.png[interlace=true]", "7000", "7000", "--bands", "4"])
    // Deep and interlaced: decoding takes seconds in any build.
    try folder.run("vips", ["cast", "large.png", "slow.png[interlace=true]", "ushort"])
    let pool = DecoderPool(executable: decoderPath, limits: DecoderLimits(cpuSeconds: 1))
    #expect(try pool.failure(folder.file("slow.png"), as: .png, for: user("a")) != nil)
    #expect(try pool.failure(light, as: .png, for: user("a")) == nil)
  }

  @Test(arguments: [
    // A length of 4 GB for the answer and for a rendering; a malformed line; an answer to another request.
    (#"printf '\377\377\377\377' >&3; sleep 20"#, "over 8192"),
    (#"printf '\000\000\000\007decoded' >&3; sleep 20"#, "an invalid answer"),
    (
      #"l='decoded png 9 9 1 thumb=webp:9:9:4000000000'; printf "\\000\\000\\000\\$(printf %o ${#l})$l" >&3; sleep 20"#,
      "does not fit"
    ),
    (
      #"l='decoded gif 9 9 1 thumb=webp:9:9:4'; printf "\\000\\000\\000\\$(printf %o ${#l})$l" >&3; sleep 20"#,
      "does not fit"
    ),
    (
      #"l='decoded png 9 9 1 medium=webp:9:9:4'; printf "\\000\\000\\000\\$(printf %o ${#l})$l" >&3; sleep 20"#,
      "does not fit"
    ),
    (
      #"l='decoded png 9 9 1 thumb=webp:9:9:4'; printf "\\000\\000\\000\\$(printf %o ${#l})$l" >&3; printf '\000\000\000\004html' >&3; sleep 20"#,
      "not what the answer said"
    ),
    (
      #"l='decoded png 9 9 1 thumb=webp:9:9:4'; printf "\\000\\000\\000\\$(printf %o ${#l})$l" >&3; printf '\000\000\000\005RIFFx' >&3; sleep 20"#,
      "over 4"
    ),
    ("exit 3", "exited with status 3"), ("kill -SEGV $$", "killed by signal 11"), ("sleep 20", "before the deadline"),
  ])
  func `a compromised child cannot deceive or block its parent`(script: String, detail: String)
    throws
  {
    let folder = try ScratchFolder()
    let path = try impostor(in: folder, #"printf '\000\000\000\005ready' >&3; "# + script)
    let pool = DecoderPool(executable: path, limits: DecoderLimits(deadlineSeconds: 2), spares: 0)
    try folder.write([1, 2, 3], to: "file")
    do {
      let variants = [VariantSpecification(name: .thumb, shape: .cover(width: 9, height: 9))]
      _ = try pool.decode(path: folder.file("file"), as: .png, for: user("a"), variants: variants)
      Issue.record("believed")
    } catch let error as DecodeError {
      #expect(self.detail(error).contains(detail), "\(error)")
    }
  }

  @Test(arguments: [
    // The child starts with the request, since only the time from there on counts.
    ("head -c 4 <&3 >&2; ulimit -t 1; while :; do :; done", "exhausted"), ("sleep 20", "late"),
    ("kill -SEGV $$", "broken"),
  ])
  func `a file is blamed for a child that used up its time, and a busy machine for a child that did not`(
    script: String,
    kind: String
  ) throws {
    let folder = try ScratchFolder()
    let path = try impostor(in: folder, #"printf '\000\000\000\005ready' >&3; "# + script)
    let limits = DecoderLimits(cpuSeconds: 1, deadlineSeconds: kind == "exhausted" ? 60 : 2)
    let pool = DecoderPool(executable: path, limits: limits, spares: 0)
    try folder.write([1, 2, 3], to: "file")
    let error = try pool.failure(folder.file("file"), as: .png, for: user("a"))
    switch error {
    case .exhausted(let limit, let detail):
      #expect(kind == "exhausted" && detail.contains("1 s of CPU time"), "\(detail)")
      #expect(limit.quantity == .cpuSeconds && limit.value > limit.limit)
    case .late(let detail): #expect(kind == "late" && detail.contains("before the deadline"), "\(detail)")
    case .broken(let detail): #expect(kind == "broken", "\(detail)")
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test func `a program that does not greet as a decoder gets no request`() throws {
    let folder = try ScratchFolder()
    let pool = DecoderPool(
      executable: try impostor(in: folder, #"printf '\000\000\000\005hello' >&3; sleep 20"#),
      spares: 0
    )
    let error = try pool.failure("/etc/hostname", as: .png, for: user("a"))
    guard case .unavailable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

/// Returns the fields of /proc/PID/stat from the state on; empty if there is no such process.
private func facts(_ pid: Int32) -> [Substring] {
  let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
  return line?.split(separator: ")").last?.split(separator: " ") ?? []
}

/// True if the last thread of a killed process has ended, and with it all descriptors.
private func isOver(_ pid: Int32) -> Bool {
  let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
  return facts(pid).first.map { $0 == "Z" } ?? true && threads?.count ?? 0 <= 1
}

/// Returns the CPU time of a process in clock ticks, of which there are 100 per second.
private func cpuTicks(_ pid: Int32) -> Int {
  let fields = facts(pid)
  return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
}
