internal import Core

extension Markup {
  /// An element's start, with those of its attributes that are wanted.
  struct Element {
    struct Attribute {
      let name: String
      let namespace: Namespace
      let value: String
    }

    let name: String
    let namespace: Namespace
    let attributes: [Attribute]

    /// An attribute's value, or empty; one that is there twice, and says two things, is refused.
    ///
    /// It has no namespace, or the element's own, as readers differ in which they take. Those of others are others.
    func value(_ name: String) throws(Refusal) -> String {
      let own = attributes.filter { $0.name == name && ($0.namespace == .none || $0.namespace == namespace) }
      guard own.dropFirst().allSatisfy({ $0.value == own[0].value }) else {
        throw Refusal(.unreadable, "\(name) is there twice")
      }
      return own.first?.value ?? ""
    }

    /// The same among OpenDocument's namespaces, where an attribute has one that is often not its element's.
    func openDocumentValue(_ name: String) throws(Refusal) -> String {
      let own = attributes.filter {
        $0.name == name && ($0.namespace == .none || $0.namespace == namespace || $0.namespace.isOpenDocument)
      }
      guard own.dropFirst().allSatisfy({ $0.value == own[0].value }) else {
        throw Refusal(.unreadable, "\(name) is there twice")
      }
      return own.first?.value ?? ""
    }
  }
}
