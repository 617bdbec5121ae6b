internal import CExpat
internal import Core
internal import Glibc

/// Reads XML as it comes, and tells of the elements that are asked for; never loads or expands anything.
///
/// Source: https://libexpat.github.io/doc/api/latest/
final class Markup {
  /// An element's start: its name and attributes without their namespaces, and the text in it.
  struct Element {
    let name: String
    let attributes: [String: String]
    fileprivate(set) var text = ""

    subscript(_ attribute: String) -> String { attributes[attribute] ?? "" }
  }

  /// What separates a namespace from a name: no character that either may have.
  private static let separator: CChar = 0x0A
  private static let maximumElements = 300_000

  private let parser: XML_Parser
  private let names: [UnsafeMutablePointer<CChar>?]
  private let watched: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private let watch: UnsafeMutablePointer<cexpat_watch>
  private let allowsDoctype: Bool
  private var elements: [Element] = []
  private var isRefused = false
  private var formulas: Formulas
  private var isInFormula = false

  /// `wanted` are names without namespaces; with a document type, entities are refused all the same.
  init(
    _ wanted: Set<String>,
    allowingDoctype allowsDoctype: Bool = false,
    formulas: Formulas = Formulas(.excel, elements: [])
  ) throws(Refusal) {
    guard let parser = XML_ParserCreateNS(nil, Self.separator) else { throw .unreadable }
    self.parser = parser
    self.allowsDoctype = allowsDoctype
    self.formulas = formulas
    names = wanted.union(formulas.elements).map { strdup($0) }
    watched = .allocate(capacity: names.count)
    watched.initialize(from: names.map { $0.map { UnsafePointer($0) } }, count: names.count)
    watch = .allocate(capacity: 1)
    watch.initialize(to: cexpat_watch())
    watch.pointee.names = UnsafePointer(watched)
    watch.pointee.count = names.count
    watch.pointee.separator = Self.separator
    watch.pointee.context = Unmanaged.passUnretained(self).toOpaque()
    watch.pointee.found = { context, name, attributes in
      guard let context, let name, let attributes else { return }
      Unmanaged<Markup>.fromOpaque(context).takeUnretainedValue().take(name, attributes)
    }
    watch.pointee.text = { context, text, length in
      guard let context, let text else { return }
      Unmanaged<Markup>.fromOpaque(context).takeUnretainedValue().take(text, length)
    }
    if formulas.areAttributes {
      watch.pointee.formula = { context, value in
        guard let context, let value else { return }
        Unmanaged<Markup>.fromOpaque(context).takeUnretainedValue().formulas.take(whole: value)
      }
    }
    cexpat_install(parser, watch)
    XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
      guard let markup = Markup.of(data), !markup.allowsDoctype else { return }
      markup.refuse()
    }
    XML_SetEntityDeclHandler(parser) { data, _, _, _, _, _, _, _, _ in Markup.of(data)?.refuse() }
  }

  deinit {
    XML_ParserFree(parser)
    watch.deallocate()
    watched.deallocate()
    for name in names { free(name) }
  }

  private static func of(_ data: UnsafeMutableRawPointer?) -> Markup? {
    data?.assumingMemoryBound(to: cexpat_watch.self).pointee.context.map {
      Unmanaged<Markup>.fromOpaque($0).takeUnretainedValue()
    }
  }

  private func refuse() {
    isRefused = true
    XML_StopParser(parser, XML_Bool(XML_FALSE))
  }

  private func take(_ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>) {
    isInFormula = formulas.elements.contains(String(cString: name))
    guard !isInFormula else { return formulas.begin() }
    guard elements.count < Self.maximumElements else { return refuse() }
    var values: [String: String] = [:]
    var index = 0
    while let key = attributes[index], let value = attributes[index + 1] {
      values[cexpat_local(key, Self.separator).map { String(cString: $0) } ?? ""] = String(cString: value)
      index += 2
    }
    elements.append(Element(name: String(cString: name), attributes: values))
  }

  private func take(_ text: UnsafePointer<CChar>, _ length: Int32) {
    let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
    guard !isInFormula else { return formulas.take(bytes) }
    guard let last = elements.indices.last else { return }
    // No instruction that anybody looks for is longer.
    if elements[last].text.utf8.count < 1000 { elements[last].text += String(decoding: bytes, as: UTF8.self) }
  }

  /// The wanted elements of a text that is there whole.
  static func elements(
    _ wanted: Set<String>,
    in bytes: [UInt8],
    allowingDoctype: Bool = false
  ) throws(Refusal) -> [Element] {
    let markup = try Markup(wanted, allowingDoctype: allowingDoctype)
    try markup.take(bytes[...])
    return try markup.finish()
  }

  func take(_ piece: ArraySlice<UInt8>) throws(Refusal) {
    try parse(piece, isLast: false)
  }

  /// Whether a formula so far asks another program for its result, and so starts it.
  var hasDDEFormula: Bool { formulas.startProgram }

  /// The wanted elements, in their order.
  func finish() throws(Refusal) -> [Element] {
    try parse([], isLast: true)
    return elements
  }

  private func parse(_ piece: ArraySlice<UInt8>, isLast: Bool) throws(Refusal) {
    let status = piece.withUnsafeBytes { piece in
      XML_Parse(parser, piece.bindMemory(to: CChar.self).baseAddress, Int32(piece.count), isLast ? 1 : 0)
    }
    guard status == XML_STATUS_OK, !isRefused else {
      throw Refusal(.unreadable, isRefused ? "entities in XML" : "XML: \(XML_GetErrorCode(parser).rawValue)")
    }
  }
}
