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

  init(_ store: StoreSettings) {
    kind = store.kind
    isPlain = !store.url.hasPrefix("https://") || !store.publicURL.hasPrefix("https://")
    isAmazon = kind == .aws && !isPlain && (store.url + "/").contains(/\.amazonaws\.com(\.cn)?[:\/]/)
  }

  /// True if the store answers a request for the document but refuses the document itself.
  ///
  /// SeaweedFS 4.48 and Ceph 16.2 do so with access logs, and SeaweedFS with notifications.
  func lacks(_ document: DocumentKind) -> Bool {
    document == .logging && kind != .aws || document == .notification && kind == .seaweedfs
  }

  /// Returns the rules that the store can have, and notes about the others.
  func possible(_ document: DocumentKind, _ wanted: JSONValue?) -> (JSONValue?, [Note]) {
    if lacks(document) { return (wanted, wanted == nil ? [] : [Note(rule: "", text: Self.instead(of: document))]) }
    switch document {
    case .lifecycle where kind == .seaweedfs: return Self.withoutTransitions(wanted)
    case .policy:
      var (rest, names) = isPlain ? Self.removed(SecureTransport.isDemanded, from: wanted) : (wanted, [])
      let text = "left out: the store is spoken to over http, and would refuse every request"
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
