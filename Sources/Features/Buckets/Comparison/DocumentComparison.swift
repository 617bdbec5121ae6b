import S3

/// The differences between the rules of a document and those of a live bucket.
struct DocumentComparison {
  /// A difference in one rule.
  struct Change: Hashable {
    enum Sign: String {
      case added = "+"
      case removed = "-"
      case changed = "~"
      /// A rule that the documents do not name.
      case foreign = "?"
    }

    let sign: Sign
    /// The name of the rule.
    let name: String
    /// The differences in words: `Expiration.Days: 30 → 365`.
    var details: [String] = []
  }

  /// The differences by the name of the rule.
  let changes: [Change]
  /// The document that makes the bucket obey: the rules of the document, and those of others; nil for no document.
  let merged: JSONValue?

  /// Compares; `isPruning` removes the rules of others.
  init(_ kind: DocumentKind, wanted: JSONValue?, live: JSONValue?, isPruning: Bool = false) {
    let old = NormalDocument(kind, live ?? .object([:]))
    var found = old.parts
    var normal = NormalDocument(kind, wanted ?? .object([:])).parts
    if normal["BlockedEncryptionTypes"] == nil { found["BlockedEncryptionTypes"] = nil }
    Self.matchUnnamed(kind, &found, with: &normal)
    let ids = DocumentPart.lists(kind).values
    var changes: [Change] = []
    for (name, value) in normal.sorted(by: { $0.key < $1.key }) {
      guard let before = found[name] else {
        changes.append(Change(sign: .added, name: name, details: Self.details(of: value, without: ids)))
        continue
      }
      if before != value {
        changes.append(Change(sign: .changed, name: name, details: Self.differences(from: before, to: value)))
      }
    }
    var kept: Set<String> = []
    for name in found.keys.sorted() where normal[name] == nil {
      // Stowage's earlier CORS rules had no names. A second rule with a name of the document is nobody else's.
      let isForeign =
        old.named[name].map { normal[$0] == nil && !(kind == .cors && DocumentPart.isUnnamed(name)) } ?? false
      if isForeign, !isPruning { kept.insert(name) }
      let details = found[name].map { Self.details(of: $0, without: ids) } ?? []
      changes.append(Change(sign: isForeign && !isPruning ? .foreign : .removed, name: name, details: details))
    }
    self.changes = changes
    merged = Self.merged(kind, wanted, live, keeping: kept)
  }

  /// The changes that a document asks for, without the rules of others.
  var ours: [Change] { changes.filter { $0.sign != .foreign } }

  /// Gives the live rules without a name the name of the equal rule of the document: some stores drop names.
  private static func matchUnnamed(
    _ kind: DocumentKind,
    _ found: inout [String: JSONValue],
    with wanted: inout [String: JSONValue]
  ) {
    let ids = Set(DocumentPart.lists(kind).values)
    func content(_ rule: JSONValue) -> JSONValue { .object(rule.members.filter { !ids.contains($0.key) }) }
    let byContent = Dictionary(wanted.map { (content($0.value), $0.key) }) { first, _ in first }
    for (name, rule) in found where DocumentPart.isUnnamed(name) {
      guard let match = byContent[content(rule)], found[match] == nil else { continue }
      found[name] = nil
      found[match] = wanted[match]
    }
  }

  private static func merged(
    _ kind: DocumentKind,
    _ wanted: JSONValue?,
    _ live: JSONValue?,
    keeping kept: Set<String>
  ) -> JSONValue? {
    var result = wanted ?? .object([:])
    let foreign = DocumentPart.all(kind, live ?? .object([:])).filter { $0.isRule && kept.contains($0.name) }
    for part in foreign {
      guard let list = part.list else { continue }
      result[list] = .array((result[list]?.items ?? []) + [part.value])
    }
    if wanted == nil, kind == .policy, !foreign.isEmpty { result["Version"] = live?["Version"] }
    return wanted == nil && foreign.isEmpty ? nil : result
  }

  private static func differences(from old: JSONValue, to new: JSONValue) -> [String] {
    let (before, after) = (leaves(old), leaves(new))
    return Set(before.keys).union(after.keys).sorted().compactMap { name in
      let (was, willBe) = (before[name], after[name])
      guard was != willBe else { return nil }
      return words(name, "\(was ?? "not set") → \(willBe ?? "not set")")
    }
  }

  /// Returns the values of a rule in words, without its name.
  private static func details(of value: JSONValue, without ids: some Collection<String>) -> [String] {
    leaves(value).filter { !ids.contains($0.key) }.sorted { $0.key < $1.key }.map { words($0.key, $0.value) }
  }

  private static func words(_ place: String, _ value: String) -> String { place.isEmpty ? value : "\(place): \(value)" }

  /// Returns the values below `value` by their place, such as `Expiration.Days`.
  private static func leaves(_ value: JSONValue, at place: String = "") -> [String: String] {
    guard case .object(let members) = value, !members.isEmpty else {
      return [place: value.string ?? value.json()]
    }
    return members.reduce(into: [:]) { result, member in
      result.merge(leaves(member.value, at: place.isEmpty ? member.key : place + "." + member.key)) { first, _ in first
      }
    }
  }
}
