internal import Core

extension Markup {
  /// The start of an element, with the attributes that the reader asked for.
  struct Element {
    struct Attribute {
      let name: String
      let namespace: Namespace
      let value: String
    }

    let name: String
    let namespace: Namespace
    let attributes: [Attribute]

    /// Returns the value of an attribute, or an empty string; throws if the attribute occurs twice with different
    /// values.
    ///
    /// The attribute has no namespace or its element's namespace, because programs differ in which of the two they
    /// accept.
    func value(_ name: String) throws(Refusal) -> String {
      let own = attributes.filter { $0.name == name && ($0.namespace == .none || $0.namespace == namespace) }
      guard own.dropFirst().allSatisfy({ $0.value == own[0].value }) else {
        throw Refusal(.unreadable, "\(name) is there twice")
      }
      return own.first?.value ?? ""
    }

    /// Returns the value of an attribute in any OpenDocument namespace.
    ///
    /// In OpenDocument, an attribute often has another namespace than its element.
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
