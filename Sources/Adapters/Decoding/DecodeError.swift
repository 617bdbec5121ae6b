public import Core

/// The reason why decoding failed.
public enum DecodeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The decoder rejects the file, because of this limit if the reason is one: a retry gives the same result.
  case refused(RejectionReason, ExceededLimit? = nil)
  /// The decoder crashed or sent an invalid reply; `detail` is for the log.
  case broken(detail: String)
  /// The decoder did not reply before the deadline, but used little CPU time: the machine is busy. `detail` is for the
  /// log.
  case late(detail: String)
  /// As `broken` or `late`, but the file used more CPU time than this limit: a retry would cost the same and fail again.
  case exhausted(ExceededLimit, detail: String)
  /// No decoder could be started, or the file could not be read; the file was not checked. `detail` is for the log.
  case unavailable(detail: String)

  /// The error as text for logs and terminals.
  public var description: String {
    switch self {
    case .refused(let reason, let exceeded):
      "refused: \(reason.rawValue)\(exceeded.map { " (\($0.text))" } ?? "")"
    case .broken(let detail), .late(let detail), .exhausted(_, let detail), .unavailable(let detail): detail
    }
  }
}

/// The result for an accepted file.
public struct Decoded: Hashable, Sendable {
  /// The type, the size after rotation to upright, and the number of frames.
  public let image: DecoderReply.ImageFacts
  /// One rendering per requested variant, in the same order; empty for a document.
  public let renderings: [Rendering]
}

/// A rendered variant and its bytes.
public struct Rendering: Hashable, Sendable {
  /// The name, the type, and the size in pixels and bytes.
  public let facts: DecoderReply.RenderingFacts
  /// The encoded image.
  public let bytes: [UInt8]
}

/// The report of a sandboxed decoder about its restrictions.
public struct DecoderSelfTest: Hashable, Sendable {
  /// The attempted operations by name, and true if the operation was denied.
  ///
  /// The sandbox must deny `open`, `socket`, `execve` and all others except `memory`.
  public let denied: [String: Bool]
  /// The open file descriptors.
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

  /// True if the sandbox denied every forbidden operation and no other descriptor was open.
  public var isConfined: Bool {
    denied["memory"] == false && denied.count >= 10 && denied.allSatisfy { $0.key == "memory" || $0.value }
      && descriptors == [0, 1, 2, DecoderProtocol.descriptor]
  }
}
