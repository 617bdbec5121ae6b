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

  @Test func `a child killed at work is an ordinary error, and the next file is served`() throws {
    let folder = try ScratchFolder()
    let heavy = try heavyFile(in: folder)
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let pool = DecoderPool(executable: decoderPath)
    let server = pool.serverPID
    let killer = Thread { busyChild(of: server).map { _ = kill($0, SIGKILL) } }
    killer.start()
    #expect(detail(try pool.failure(heavy, as: .png)) == "killed by signal 9")
    #expect(try pool.failure(light, as: .png) == nil)
    #expect(children(of: server).isEmpty && pool.serverPID == server)
  }

  @Test func `a child that hangs is killed at the deadline, and delays no other file`() throws {
    let folder = try ScratchFolder()
    let heavy = try heavyFile(in: folder)
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let pool = DecoderPool(executable: decoderPath, limits: DecoderLimits(cpuSeconds: 60, deadlineSeconds: 8))
    let server = pool.serverPID
    let other = Thread {
      guard let child = busyChild(of: server) else { return }
      kill(child, SIGSTOP)
      let outcome = Result { try pool.failure(light, as: .png) }
      #expect((try? outcome.get()) == .some(nil) && exists(child), "\(outcome)")
    }
    other.start()
    #expect(detail(try pool.failure(heavy, as: .png)) == "no answer before the deadline")
    #expect(children(of: server).isEmpty)
  }

  @Test func `a fork server that died or hangs is replaced, unnoticed`() throws {
    let folder = try ScratchFolder()
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    let pool = DecoderPool(executable: decoderPath)
    for signal in [SIGKILL, SIGSEGV, SIGSTOP] {
      #expect(try pool.failure(light, as: .png) == nil)
      let server = try #require(pool.serverPID)
      kill(server, signal)
      if signal != SIGSTOP { wait { isOver(server) } }
      #expect(try pool.failure(light, as: .png) == nil)
      #expect(!exists(server) && pool.serverPID != server)
    }
  }

  @Test func `a file at work ends although the fork server has died`() throws {
    let folder = try ScratchFolder()
    let heavy = try heavyFile(in: folder)
    let pool = DecoderPool(executable: decoderPath)
    let server = try #require(pool.serverPID)
    let killer = Thread {
      _ = busyChild(of: server)
      kill(server, SIGKILL)
    }
    killer.start()
    #expect(try pool.decode(path: heavy, as: .png, variants: []).image.width == 6000)
  }

  @Test func `a process that dies takes its decoders along`() throws {
    let folder = try ScratchFolder()
    let heavy = try heavyFile(in: folder)
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Python/parent.py").path
    let parent = Process()
    parent.executableURL = URL(filePath: "/usr/bin/python3")
    parent.arguments = [script, decoderPath, heavy] + DecoderLimits().arguments
    let output = Pipe()
    parent.standardOutput = output
    try parent.run()
    defer { parent.waitUntilExit() }
    var bytes = Data()
    while bytes.last != UInt8(ascii: "\n"), let byte = try output.fileHandleForReading.read(upToCount: 1) {
      bytes += byte
    }
    let line = String(decoding: bytes, as: UTF8.self)
    let family = line.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    #expect(family.count == 2 && family.allSatisfy { !isOver($0) }, "\(line)")
    _ = busyChild(of: family.first)
    kill(parent.processIdentifier, SIGKILL)
    wait { family.allSatisfy(isOver) }
    #expect(family.allSatisfy(isOver))
  }

  @Test func `an image that needs more memory than a child has is refused before it is decoded`() throws {
    let folder = try ScratchFolder()
    try folder.run("vips", ["black", "large.png[interlace=true]", "7000", "7000", "--bands", "4"])
    let pool = DecoderPool(executable: decoderPath, limits: DecoderLimits(addressSpaceBytes: 400 << 20))
    let error = try pool.failure(folder.file("large.png"), as: .png)
    guard case .refused(.dimensionsExceeded, let exceeded?) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(exceeded.quantity == .memory && exceeded.limit == 400 << 20 && exceeded.width == 7000)
  }

  @Test func `a child that runs out of CPU time is an ordinary error`() throws {
    let folder = try ScratchFolder()
    let light = folder.file(try Fixtures.photo(in: folder, .png, width: 20, height: 20))
    try folder.run("vips", ["black", "large.png[interlace=true]", "7000", "7000", "--bands", "4"])
    // Deep and interlaced: decoding takes seconds in any build.
    try folder.run("vips", ["cast", "large.png", "slow.png[interlace=true]", "ushort"])
    let pool = DecoderPool(executable: decoderPath, limits: DecoderLimits(cpuSeconds: 1))
    #expect(try pool.failure(folder.file("slow.png"), as: .png) != nil)
    #expect(try pool.failure(light, as: .png) == nil)
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
    let path = try folder.impostor(#"printf '\000\000\000\005ready' >&3; "# + script)
    let pool = DecoderPool(executable: path, limits: DecoderLimits(deadlineSeconds: 2))
    try folder.write([1, 2, 3], to: "file")
    do {
      let variants = [VariantSpecification(name: .thumb, shape: .cover(width: 9, height: 9))]
      _ = try pool.decode(path: folder.file("file"), as: .png, variants: variants)
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
    let path = try folder.impostor(#"printf '\000\000\000\005ready' >&3; "# + script)
    let limits = DecoderLimits(cpuSeconds: 1, deadlineSeconds: kind == "exhausted" ? 60 : 2)
    let pool = DecoderPool(executable: path, limits: limits)
    try folder.write([1, 2, 3], to: "file")
    let error = try pool.failure(folder.file("file"), as: .png)
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
      executable: try folder.impostor(#"printf '\000\000\000\005hello' >&3; sleep 20"#)
    )
    let error = try pool.failure("/etc/hostname", as: .png)
    guard case .unavailable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

/// Waits for a child that has used so much CPU time that it must be decoding, and returns it.
private func busyChild(of server: Int32?) -> Int32? {
  var child: Int32?
  wait {
    child = children(of: server).first { cpuTicks($0) >= 40 }
    return child != nil
  }
  return child
}

/// Returns the CPU time of a process in clock ticks, of which there are 100 per second.
private func cpuTicks(_ pid: Int32) -> Int {
  let fields = facts(pid)
  return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
}
