import Core
import Foundation
import TestSupport

@testable import Decoding

/// A decoder that judges many files, with the time of the slowest.
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
  private let folder: ScratchFolder
  /// The longest time that a file took.
  private(set) var longest = Duration.zero

  init(limits: DecoderLimits = DecoderLimits()) throws {
    self.limits = limits
    pool = DecoderPool(executable: decoderPath, limits: limits)
    folder = try ScratchFolder()
  }

  func judge(_ bytes: [UInt8], as type: FileType) throws -> Outcome {
    let path = try folder.write(bytes, to: "mutant")
    let start = ContinuousClock.now
    defer { longest = max(longest, start.duration(to: .now)) }
    do {
      return .ready(try pool.decode(path: path, as: type))
    } catch let error as DecodeError {
      return switch error {
      case .refused(let reason, _): .refused(reason)
      case .exhausted(_, let detail): .limited(detail)
      case .broken(let detail), .late(let detail), .unavailable(let detail): .broken(detail)
      }
    }
  }
}
