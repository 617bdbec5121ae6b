import Core
import Foundation
import TestSupport
import Testing

@testable import Decoding

struct BrokenChildTests {
  private func detail(_ error: DecodeError?) -> String {
    if case .broken(let detail) = error { detail } else { "not broken: \(String(describing: error))" }
  }

  /// Long enough at work to be met there: 30 million interlaced pixels that do not compress.
  private func heavyFile(in folder: ScratchFolder) throws -> String {
    try folder.run("vips", ["gaussnoise", "noise.v", "6000", "5000", "--sigma", "60"])
    try folder.run("vips", ["cast", "noise.v", "heavy.png[compression=0,interlace=true]", "uchar"])
    return folder.file("heavy.png")
  }

  @Test func `a child that is killed at work is an ordinary error, and the next file is served`() throws {
    let folder = try ScratchFolder()
    let heavy = try heavyFile(in: folder)
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let pool = DecoderPool(executable: decoderPath)
    let pid = try #require(pool.sparePIDs.first)
    let killer = Thread {
      // Once it has used as much CPU time as only work explains.
      while exists(pid), cpuTicks(pid) < 40 { usleep(5_000) }
      kill(pid, SIGKILL)
    }
    killer.start()
    let error = try pool.failure(heavy, as: .png, for: user("a"))
    #expect(detail(error) == "killed by signal 9")
    #expect(try pool.failure(light, as: .png, for: user("a")) == nil)
    #expect(!exists(pid))
  }

  @Test func `a child that stands still is ended at the deadline`() throws {
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

  @Test func `a child that died while it waited is not noticed by anybody`() throws {
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

  @Test func `a child that runs out of memory or of CPU time is an ordinary error`() throws {
    let folder = try ScratchFolder()
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    try folder.run("vips", ["black", "large.png[interlace=true]", "7000", "7000", "--bands", "4"])
    // Deep and interlaced, it takes seconds whatever the build.
    try folder.run("vips", ["cast", "large.png", "slow.png[interlace=true]", "ushort"])
    for (limits, path) in [
      (DecoderLimits(addressSpaceBytes: 400 << 20), folder.file("large.png")),
      (DecoderLimits(cpuSeconds: 1), folder.file("slow.png")),
    ] {
      let pool = DecoderPool(executable: decoderPath, limits: limits)
      let error = try pool.failure(path, as: .png, for: user("a"))
      #expect(error != nil, "\(path)")
      #expect(try pool.failure(light, as: .png, for: user("a")) == nil)
    }
  }

  @Test(arguments: [
    // 4 GB announced, as the answer and as a rendering; a line that is none; an answer to another question.
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
  func `a child that was taken over cannot make its parent believe or hold anything`(script: String, detail: String)
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
    ("ulimit -t 1; while :; do :; done", true), ("sleep 20", false), ("kill -SEGV $$", false),
  ])
  func `a file is blamed for a child that worked all the time it had, and for no other`(script: String, isOwn: Bool)
    throws
  {
    let folder = try ScratchFolder()
    let path = try impostor(in: folder, #"printf '\000\000\000\005ready' >&3; "# + script)
    let limits = DecoderLimits(cpuSeconds: 1, deadlineSeconds: isOwn ? 60 : 2)
    let pool = DecoderPool(executable: path, limits: limits, spares: 0)
    try folder.write([1, 2, 3], to: "file")
    let error = try pool.failure(folder.file("file"), as: .png, for: user("a"))
    switch error {
    case .exhausted(let detail): #expect(isOwn && detail.contains("1 s of CPU time"), "\(detail)")
    case .broken(let detail): #expect(!isOwn, "\(detail)")
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test func `an impostor that never speaks as a decoder must is not asked`() throws {
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

/// What /proc says about a process, from its state on; empty where there is none.
private func facts(_ pid: Int32) -> [Substring] {
  let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
  return line?.split(separator: ")").last?.split(separator: " ") ?? []
}

/// Whether the last of a killed process's threads is gone, and its descriptors with it.
private func isOver(_ pid: Int32) -> Bool {
  let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
  return facts(pid).first.map { $0 == "Z" } ?? true && threads?.count ?? 0 <= 1
}

/// CPU time of a process in clock ticks, of which there are 100 a second.
private func cpuTicks(_ pid: Int32) -> Int {
  let fields = facts(pid)
  return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
}
