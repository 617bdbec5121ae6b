import Core
import S3

/// The known limits of a store, so that nothing is sent that it refuses each time.
struct StoreLimits: Sendable {
  /// A rule that is left out, and the reason.
  struct Note: Hashable {
    let rule: String
    let text: String
  }

  /// True for AWS itself, which tells requests with TLS from others at the connection.
  let isAmazon: Bool
  private let isPlain: Bool
  private let kind: StoreSettings.Kind
  private let capabilities: StoreCapabilities?

  /// The limits of a store: those that a probe found, else those that are known of its kind.
  init(_ store: StoreSettings, _ capabilities: StoreCapabilities? = nil) {
    kind = store.kind
    self.capabilities = capabilities
    isPlain = !store.url.hasPrefix("https://") || !store.publicURL.hasPrefix("https://")
    isAmazon = kind == .aws && !isPlain && (store.url + "/").contains(/\.amazonaws\.com(\.cn)?[:\/]/)
  }

  /// True if the store answers a request for the document but refuses the document itself.
  ///
  /// SeaweedFS 4.48 and Ceph 16.2 do so with access logs, and SeaweedFS with notifications.
  func lacks(_ document: DocumentKind) -> Bool {
    switch document.capability.map(state) ?? .unknown {
    case .can: false
    case .cannot: true
    case .unknown: document == .logging && kind != .aws || document == .notification && kind == .seaweedfs
    }
  }

  private func state(_ capability: StoreCapability) -> ProbeResult.State { capabilities?[capability] ?? .unknown }

  private func cannot(_ capability: StoreCapability) -> Bool { state(capability) == .cannot }

  /// Returns the rules that the store can have, and notes about the others.
  func possible(_ document: DocumentKind, _ wanted: JSONValue?) -> (JSONValue?, [Note]) {
    if lacks(document) { return (wanted, wanted == nil ? [] : [Note(rule: "", text: Self.instead(of: document))]) }
    switch document {
    case .lifecycle: return possibleLifecycle(wanted)
    case .notification where cannot(.eventBridge):
      var rest = wanted
      rest?["EventBridgeConfiguration"] = nil
      guard rest != wanted else { return (wanted, []) }
      let note = Note(rule: "EventBridgeConfiguration", text: "left out: \(StoreCapability.eventBridge.instead)")
      return (rest?.members.isEmpty == true ? nil : rest, [note])
    case .policy:
      let isBlind = isPlain || cannot(.policyTLS)
      var (rest, names) = isBlind ? Self.removed(SecureTransport.isDemanded, from: wanted) : (wanted, [])
      let text =
        isPlain
        ? "left out: the store is spoken to over http, and would refuse every request"
        : "left out: the store sees requests without TLS, and would refuse every request"
      var notes = names.map { Note(rule: $0, text: text) }
      if lacks(.logging) {
        // Ceph 16.2 takes the statement for public access, and refuses it.
        (rest, names) = Self.removed(Self.isLogDelivery, from: rest)
        notes += names.map { Note(rule: $0, text: "left out: the store delivers no access logs") }
      }
      return (rest, notes)
    default: return (wanted, [])
    }
  }

  /// Returns the lifecycle rules that the store can have.
  ///
  /// A rule that loses its action goes. A rule whose filter the store does not know goes as a whole, because it would apply
  /// to other objects.
  private func possibleLifecycle(_ wanted: JSONValue?) -> (JSONValue?, [Note]) {
    let movesNothing = state(.lifecycleMoves) == .unknown ? kind == .seaweedfs : cannot(.lifecycleMoves)
    var (result, notes) = movesNothing ? Self.withoutTransitions(wanted) : (wanted, [])
    let rules = (result?["Rules"]?.items ?? []).filter { rule in
      guard let obstacle = StoreCapability.needed(byLifecycle: rule).first(where: cannot) else { return true }
      notes.append(
        Note(rule: rule["ID"]?.string ?? "", text: "left out: the store cannot do this (\(obstacle.summary))")
      )
      return false
    }
    result?["Rules"] = .array(rules)
    if cannot(.lifecycleMinimumSize), let size = result?["TransitionDefaultMinimumObjectSize"] {
      result?["TransitionDefaultMinimumObjectSize"] = nil
      let text = "left out: the store keeps no smallest size of objects that move (\(size.string ?? ""))"
      notes.append(Note(rule: "TransitionDefaultMinimumObjectSize", text: text))
    }
    return (rules.isEmpty ? nil : result, notes)
  }

  /// Returns the policy without these statements, nil if no statement is left, and the names of the statements.
  static func removed(_ test: (JSONValue) -> Bool, from policy: JSONValue?) -> (JSONValue?, names: [String]) {
    let statements = policy?["Statement"]?.items ?? []
    let rest = statements.filter { !test($0) }
    var result = policy
    result?["Statement"] = .array(rest)
    return (rest.isEmpty ? nil : result, statements.filter(test).map { $0["Sid"]?.string ?? "" })
  }

  private static func isLogDelivery(_ statement: JSONValue) -> Bool {
    statement["Principal"]?["Service"]?.items.contains(.text("logging.s3.amazonaws.com")) ?? false
  }

  /// Returns the lifecycle rules without moves to colder classes.
  static func withoutTransitions(_ document: JSONValue?) -> (JSONValue?, [Note]) {
    let moves = ["Transitions", "NoncurrentVersionTransitions"]
    let rest = ["ID", "Filter", "Prefix", "Status"]
    var notes: [Note] = []
    var rules: [JSONValue] = []
    for rule in document?["Rules"]?.items ?? [] {
      var reduced = rule
      for move in moves where rule[move] != nil {
        reduced[move] = nil
        notes.append(Note(rule: rule["ID"]?.string ?? "", text: "left out: the store moves nothing to colder classes"))
      }
      if Set(reduced.members.keys).subtracting(rest).isEmpty { continue }
      rules.append(reduced)
    }
    var result = document
    result?["Rules"] = .array(rules)
    return (rules.isEmpty ? nil : result, notes)
  }

  /// The reason why a document is not applied, and the effect.
  static func instead(of kind: DocumentKind) -> String {
    switch kind {
    case .publicAccessBlock: "the store has no block of public access; its own settings decide who may read"
    case .ownership: "the store has no object ownership"
    case .versioning: "the store keeps no versions: Stowage keeps a copy of each checked upload"
    case .encryption: "the store does not encrypt by a bucket's setting; encrypt its disks"
    case .lifecycle: "the store has no lifecycle: no object goes by its age"
    case .policy: "the store has no bucket policies; its keys decide who may do what"
    case .cors: "the store has no CORS rules"
    case .logging: "the store writes no access logs into a bucket; its own log has them"
    case .notification: "the store has no notifications by bucket; its own settings send events"
    }
  }
}

extension DocumentKind {
  /// The capability that the document needs as a whole; nil for documents of which a store can have some rules.
  ///
  /// CORS rules are always tried: preflights then tell if a store without them allows the pages by itself.
  fileprivate var capability: StoreCapability? {
    switch self {
    case .publicAccessBlock: .publicAccessBlock
    case .ownership: .ownership
    case .versioning: .versions
    case .encryption: .encryption
    case .policy: .policy
    case .logging: .logging
    case .lifecycle, .cors, .notification: nil
    }
  }
}

extension StoreCapability {
  /// Returns the capabilities that a lifecycle rule needs; moves are judged apart.
  fileprivate static func needed(byLifecycle rule: JSONValue) -> [StoreCapability] {
    let filter = rule["Filter"]
    let conditions = [filter, filter?["And"]].compactMap { $0 }
    func has(_ names: String...) -> Bool { conditions.contains { part in names.contains { part[$0] != nil } } }
    let expiration = rule["Expiration"]
    let needs: [(StoreCapability, Bool)] = [
      (.lifecycleTag, has("Tag", "Tags")),
      (.lifecycleSize, has("ObjectSizeGreaterThan", "ObjectSizeLessThan")),
      (.lifecycleAge, expiration?["Days"] != nil || expiration?["Date"] != nil),
      (.lifecycleMarkers, expiration?["ExpiredObjectDeleteMarker"] != nil),
      (.lifecycleOldVersions, rule["NoncurrentVersionExpiration"] != nil),
      (.lifecycleParts, rule["AbortIncompleteMultipartUpload"] != nil),
    ]
    return needs.filter(\.1).map(\.0)
  }
}
