import Core
import Foundation
import TestSupport

@testable import Decoding

/// A warm decoder that judges many files, with what they cost.
final class MutantBench {
  /// The judgement of one file.
  enum Outcome {
    case ready(Decoded)
    case refused(RejectionReason)
    /// The decoder was ended by its limit of CPU time, or at the deadline after much CPU time.
    case limited(String)
    /// The decoder crashed, violated its protocol, or did not answer.
    case broken(String)

    var word: String {
      switch self {
      case .ready: "ready"
      case .refused(let reason): reason.rawValue
      case .limited: "limit of time"
      case .broken(let detail): detail
      }
    }
  }

  let limits: DecoderLimits
  private let pool: DecoderPool
  private let user: UserID
  private let folder: ScratchFolder
  /// The most address space and memory that a decoder had, in kB.
  private(set) var mostAddressSpace = 0
  private(set) var mostMemory = 0
  /// The longest time that a file took.
  private(set) var longest = Duration.zero

  init(limits: DecoderLimits = DecoderLimits()) throws {
    self.limits = limits
    pool = DecoderPool(executable: decoderPath, limits: limits, spares: 0)
    folder = try ScratchFolder()
    user = try DecodingTests.user("a")
  }

  func judge(_ bytes: [UInt8], as type: FileType) throws -> Outcome {
    let path = try folder.write(bytes, to: "mutant")
    let start = ContinuousClock.now
    defer {
      longest = max(longest, start.duration(to: .now))
      noteMemory()
    }
    do {
      return .ready(try pool.decode(path: path, as: type, for: user))
    } catch let error as DecodeError {
      return switch error {
      case .refused(let reason, _): .refused(reason)
      case .exhausted(_, let detail): .limited(detail)
      case .broken(let detail), .late(let detail), .unavailable(let detail): .broken(detail)
      }
    }
  }

  private func noteMemory() {
    guard let pid = pool.restingPIDs.first,
      let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    else { return }
    func field(_ name: String) -> Int {
      let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
      return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
    }
    mostAddressSpace = max(mostAddressSpace, field("VmPeak:"))
    mostMemory = max(mostMemory, field("VmHWM:"))
  }
}
