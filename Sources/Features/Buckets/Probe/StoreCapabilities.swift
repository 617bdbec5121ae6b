public import Core
public import Foundation

/// The result of the probe of one capability.
public struct ProbeResult: Sendable, Hashable {
  /// The answer to the question if the store has a capability.
  public enum State: String, Sendable, CaseIterable {
    /// The store did it.
    case can
    /// The store refused it, or did something else.
    case cannot
    /// The probe could not be made, or its result tells neither.
    case unknown
  }

  /// The capability.
  public let capability: StoreCapability
  /// The answer.
  public let state: State
  /// The store's answer in words, without names that change from run to run.
  public let answer: String

  /// Creates a result.
  public init(_ capability: StoreCapability, _ state: State, _ answer: String) {
    (self.capability, self.state, self.answer) = (capability, state, answer)
  }
}

/// The capabilities of a store, as `stowage doctor --store` found them.
public struct StoreCapabilities: Sendable {
  /// The version of the JSON document.
  static let format = 1

  /// The URL of the store.
  public let store: String
  /// The results in the order of the probes.
  public let results: [ProbeResult]
  /// The scratch buckets and objects that could not be removed, with the reason.
  public let leftBehind: [String]

  /// Creates the capabilities from the results of a run.
  public init(store: String, results: [ProbeResult], leftBehind: [String] = []) {
    (self.store, self.results, self.leftBehind) = (store, results, leftBehind)
  }

  /// The state of a capability; unknown if there is no result.
  public subscript(capability: StoreCapability) -> ProbeResult.State {
    results.first { $0.capability == capability }?.state ?? .unknown
  }

  /// The uses that this store must not have, each with its reason.
  public var dangers: [String] {
    results.filter { $0.state == .cannot }.compactMap(\.capability.danger)
  }

  /// True if the store lacks a capability without which Stowage must not run.
  public var isUnfit: Bool { [.objects, .signatures, .listPages].contains { self[$0] == .cannot } }
}

extension StoreCapabilities {
  private struct Document: Codable {
    struct Line: Codable {
      let name: String
      let state: String
      let what: String?
      let answer: String?
      let instead: String?

      func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(name, forKey: .name)
        try members.encode(state, forKey: .state)
        try members.encode(what, forKey: .what)
        try members.encode(answer, forKey: .answer)
        // null rather than absent: each line has the same members.
        try members.encode(instead, forKey: .instead)
      }
    }

    let format: Int
    let version: String?
    let store: String
    let probedAt: String?
    let capabilities: [Line]
    let mustNotRun: [String]?
    let leftBehind: [String]?
  }

  /// The maximum size of the file, in bytes.
  private static let maximumBytes = 1 << 20

  /// The document that programs and `STOWAGE_STORE_CAPABILITIES` read.
  public func json(at now: Date) throws(StorageError) -> String {
    let lines = results.map {
      Document.Line(
        name: $0.capability.rawValue,
        state: $0.state.rawValue,
        what: $0.capability.summary,
        answer: $0.answer,
        instead: $0.state == .cannot ? $0.capability.instead : nil
      )
    }
    let document = Document(
      format: Self.format,
      version: Version.current,
      store: store,
      probedAt: now.ISO8601Format(),
      capabilities: lines,
      mustNotRun: dangers,
      leftBehind: leftBehind
    )
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    do { return String(decoding: try encoder.encode(document), as: UTF8.self) } catch {
      throw .unexpected(detail: "the capabilities as JSON: \(error)")
    }
  }

  /// Reads the file that the settings name; nil if they name none.
  ///
  /// Throws `invalidRequest` for a file that is missing, malformed, or about another store. A capability that the file does
  /// not name is unknown, so that a file of an older version stays valid.
  public static func read(_ settings: StoreSettings) throws(StorageError) -> StoreCapabilities? {
    guard let path = settings.capabilities else { return nil }
    func refusal(_ reason: String) -> StorageError {
      .invalidRequest(
        "STOWAGE_STORE_CAPABILITIES: \(path): \(Wording.printable(reason))."
          + "\nWrite it anew with `stowage doctor --store --json > \(path)`, or set STOWAGE_STORE_CAPABILITIES=none."
      )
    }
    guard let file = FileHandle(forReadingAtPath: path) else { throw refusal("cannot be read") }
    let data: Data
    // An empty file is nil.
    do { data = try file.read(upToCount: maximumBytes + 1) ?? Data() } catch { throw refusal("cannot be read") }
    guard data.count <= maximumBytes else { throw refusal("more than \(maximumBytes) bytes") }
    guard let document = try? JSONDecoder().decode(Document.self, from: data) else {
      throw refusal(data.isEmpty ? "is empty" : "is not what `stowage doctor --store --json` writes")
    }
    guard document.format == format else { throw refusal("has format \(document.format), and not \(format)") }
    guard document.store == settings.url else {
      throw refusal("is about the store \(document.store), and not \(settings.url)")
    }
    var results: [ProbeResult] = []
    for line in document.capabilities {
      guard let capability = StoreCapability(rawValue: line.name) else {
        throw refusal("has an unknown '\(line.name)'")
      }
      guard let state = ProbeResult.State(rawValue: line.state) else {
        throw refusal("\(line.name) is '\(line.state)'; expected can, cannot or unknown")
      }
      guard !results.contains(where: { $0.capability == capability }) else {
        throw refusal("\(line.name) is there twice")
      }
      results.append(ProbeResult(capability, state, line.answer ?? ""))
    }
    guard !results.isEmpty else { throw refusal("has no capabilities") }
    return StoreCapabilities(store: document.store, results: results)
  }
}
