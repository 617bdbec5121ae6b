internal import CExpat
internal import Core

/// A reader of XML events that searches for active content or lists.
protocol MarkupReader: AnyObject {
  /// The local names of the elements that the reader asks for. Indices refer to their order here.
  var elements: [String] { get }
  /// The local names of the attributes to keep for those elements; empty if the element alone decides.
  var elementAttributes: Set<String> { get }
  /// The local names of attributes that the reader asks for on any element.
  var attributes: [String] { get }
  /// The namespaces of the reader's elements.
  ///
  /// If set, `begin` is called only for elements of these namespaces and of the root element's namespace. Elements of
  /// other namespaces count as optional: `enterScope` and `leaveScope` mark their content.
  var homes: [String] { get }
  /// True if active content was found so far.
  var acts: Bool { get }

  /// Called at the start of an element.
  func begin(_ element: Markup.Element) throws(Refusal) -> cexpat_interest
  /// Called for the value of one of `attributes`.
  func take(_ value: UnsafePointer<CChar>, of attribute: Int)
  /// Called for text of an element whose text was asked for; `isDirect` is false inside a child element.
  func take(_ text: UnsafeRawBufferPointer, isDirect: Bool)
  /// Called before the first event inside an optional element, which some programs skip with its content.
  func enterScope()
  /// Called at the end of the innermost optional element.
  func leaveScope() throws(Refusal)
  /// Called at the end of the document.
  func finish()
}

extension MarkupReader {
  var elementAttributes: Set<String> { [] }
  var attributes: [String] { [] }
  var homes: [String] { [] }
  var acts: Bool { false }
  func take(_ value: UnsafePointer<CChar>, of attribute: Int) {}
  func take(_ text: UnsafeRawBufferPointer, isDirect: Bool) {}
  func enterScope() {}
  func leaveScope() throws(Refusal) {}
  func finish() {}
}

/// Collects the elements of a short list, such as the relationships of a package.
final class ElementList: MarkupReader {
  let elements: [String]
  let elementAttributes: Set<String>
  private(set) var found: [Markup.Element] = []
  private let budget: Budget

  init(_ elements: [String], attributes: Set<String>, _ budget: Budget) {
    self.elements = elements
    elementAttributes = attributes
    self.budget = budget
  }

  /// The cost of keeping and checking an element, in units of `Budget`'s work; it limits the list to 600,000 elements.
  private static let work = 10_000

  func begin(_ element: Markup.Element) throws(Refusal) -> cexpat_interest {
    try budget.spend(work: Self.work)
    // A program that knows only one of the namespaces would see another list.
    guard found.first.map({ $0.namespace == element.namespace }) ?? true else {
      throw Refusal(.unreadable, "a list in two namespaces")
    }
    found.append(element)
    return CEXPAT_NOTHING
  }
}

/// Tests every element with one of the given names for active content.
final class ElementTest: MarkupReader {
  let elements: [String]
  let elementAttributes: Set<String>
  private(set) var acts = false
  private let test: (Markup.Element) throws(Refusal) -> Bool

  init(
    _ elements: [String],
    attributes: Set<String> = [],
    acts test: @escaping (Markup.Element) throws(Refusal) -> Bool = { _ in true }
  ) {
    self.elements = elements
    elementAttributes = attributes
    self.test = test
  }

  func begin(_ element: Markup.Element) throws(Refusal) -> cexpat_interest {
    if try test(element) { acts = true }
    return CEXPAT_NOTHING
  }
}
