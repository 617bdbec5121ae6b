internal import CExpat
internal import Core

/// Looks for something in XML while it comes.
protocol MarkupReader: AnyObject {
  /// Local names of the elements that it is told of; their order is that of their indices.
  var elements: [String] { get }
  /// Local names of those elements' attributes that it wants; others are not kept. None where the element itself tells all.
  var elementAttributes: Set<String> { get }
  /// Local names of attributes that it is told of whatever their element is.
  var attributes: [String] { get }
  /// The namespaces of its elements, if it leaves out those of others and wants to know of their beginning and end.
  var homes: [String] { get }
  /// Whether what was found so far does something.
  var acts: Bool { get }

  /// An element begins.
  func begin(_ element: Markup.Element) throws(Refusal) -> cexpat_interest
  /// The value of one of `attributes`.
  func take(_ value: UnsafePointer<CChar>, of attribute: Int)
  /// Text in an element whose text is wanted; `isDirect` where no other element stands between.
  func take(_ text: UnsafeRawBufferPointer, isDirect: Bool)
  /// Before the next thing, an element began that a reader may leave out with all that is in it.
  func enterScope()
  /// The innermost of these ended.
  func leaveScope() throws(Refusal)
  /// The document ended.
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

/// Keeps the elements of a short list, such as that of a package's relationships.
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

  /// What keeping and judging one takes, in `Budget`'s work: so there are 600,000 at most.
  private static let work = 10_000

  func begin(_ element: Markup.Element) throws(Refusal) -> cexpat_interest {
    try budget.spend(work: Self.work)
    // Readers of another mind would each see a list of their own.
    guard found.first.map({ $0.namespace == element.namespace }) ?? true else {
      throw Refusal(.unreadable, "a list in two namespaces")
    }
    found.append(element)
    return CEXPAT_NOTHING
  }
}

/// Asks of every element of some names whether it does something.
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
