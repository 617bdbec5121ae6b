public import Core

/// Why there are no renderings.
public enum DecodeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The decoder looked at the file and does not accept it: trying again changes nothing.
  case refused(RejectionReason)
  /// The decoder died of the file, took too long over it, or gave an answer that does not hold; `detail` is for the log.
  case broken(detail: String)
  /// As `broken`, after the file took so much CPU time that it would again: trying again costs the same and changes nothing.
  case exhausted(detail: String)
  /// No decoder could be started, or the file could not be read: the file has not been judged; `detail` is for the log.
  case unavailable(detail: String)

  /// For logs and terminals.
  public var description: String {
    switch self {
    case .refused(let reason): "refused: \(reason.rawValue)"
    case .broken(let detail), .exhausted(let detail), .unavailable(let detail): detail
    }
  }
}

/// A file that was accepted.
public struct Decoded: Hashable, Sendable {
  /// Type, upright size and frames.
  public let image: DecoderReply.ImageFacts
  /// One for each variant that was asked for, in that order; none for a document.
  public let renderings: [Rendering]
}

/// A variant and its bytes.
public struct Rendering: Hashable, Sendable {
  /// Name, type, and size in pixels and bytes.
  public let facts: DecoderReply.RenderingFacts
  /// The encoded image.
  public let bytes: [UInt8]
}

/// What one confined decoder reported about itself.
public struct DecoderSelfTest: Hashable, Sendable {
  /// What was tried, by name, and whether it was denied: `open`, `socket`, `execve` and more must be, `memory` must not.
  public let denied: [String: Bool]
  /// The descriptors that were open.
  public let descriptors: [Int32]

  init(report: String) {
    var denied: [String: Bool] = [:]
    var descriptors: [Int32] = []
    for line in report.split(separator: "\n") {
      let words = line.split(separator: ":", maxSplits: 1).map(String.init)
      guard words.count == 2 else { continue }
      if words[0] == "descriptors" {
        descriptors = words[1].split(separator: " ").compactMap { Int32($0) }
      } else {
        denied[words[0]] = words[1] == " denied"
      }
    }
    self.denied = denied
    self.descriptors = descriptors
  }

  /// Whether nothing was possible that must not be.
  public var isConfined: Bool {
    denied["memory"] == false && denied.count >= 10 && denied.allSatisfy { $0.key == "memory" || $0.value }
      && descriptors == [0, 1, 2, DecoderProtocol.descriptor]
  }
}
