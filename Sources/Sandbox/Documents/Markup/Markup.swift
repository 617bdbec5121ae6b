internal import CExpat
internal import Core
internal import Glibc

/// Parses XML in pieces and passes the relevant elements to a reader; never loads or expands entities.
///
/// Names are compared by namespace and local name, and prefixes are ignored.
/// Source: https://libexpat.github.io/doc/api/latest/
final class Markup {
  /// The separator between namespace and name: a character that neither can contain.
  static let separator: CChar = 0x0A
  /// The maximum length of a tag, comment or similar token, in bytes; attributes of drawings hold several hundred
  /// kilobytes.
  private static let maximumTokenBytes = 16 << 20
  /// The length up to which the parser may read an unfinished token again with every piece, in bytes.
  private static let freeTokenBytes = 128 << 10

  /// The cost of calls to the reader, in units of `Budget`'s work.
  private enum Work {
    static let plainElement = 50
    static let element = 700
    static let attribute = 200
    static let text = 150
    static let byte = 8
    static let valueByte = 20
  }

  let reader: any MarkupReader
  private let parser: XML_Parser
  private let names: [UnsafeMutablePointer<CChar>?]
  private let elementAttributes: [(name: String, spelling: [CChar])]
  private let lists: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private let watch: UnsafeMutablePointer<cexpat_watch>
  private let allowsDoctype: Bool
  private let budget: Budget
  private let homes: Set<Namespace>
  private var refusal: Refusal?
  private var spentWork = 0
  /// The number of bytes passed to the parser; `held` has the bytes that wait until more have arrived.
  private var fedBytes = 0
  private var held: [UInt8] = []
  private var namespaces: [String: Namespace] = [:]
  private var latest: (spelling: [UInt8], namespace: Namespace)?

  /// Creates a parser for `reader`; entities are refused even if a document type is allowed.
  init(_ reader: any MarkupReader, allowingDoctype allowsDoctype: Bool = false, _ budget: Budget) throws(Refusal) {
    guard let parser = XML_ParserCreateNS(nil, Self.separator) else { throw .unreadable }
    self.reader = reader
    self.parser = parser
    self.allowsDoctype = allowsDoctype
    self.budget = budget
    homes = Set(reader.homes.map { Namespace($0) })
    elementAttributes = reader.elementAttributes.map { ($0, Array($0.utf8CString)) }
    names = (reader.elements + reader.attributes + reader.homes).map { strdup($0) }
    lists = .allocate(capacity: max(1, names.count))
    lists.initialize(from: names.map { $0.map { UnsafePointer($0) } }, count: names.count)
    watch = .allocate(capacity: 1)
    watch.initialize(to: cexpat_watch())
    watch.pointee.elements = UnsafePointer(lists)
    watch.pointee.element_count = reader.elements.count
    watch.pointee.attributes = UnsafePointer(lists + reader.elements.count)
    watch.pointee.attribute_count = reader.attributes.count
    watch.pointee.homes = UnsafePointer(lists + reader.elements.count + reader.attributes.count)
    watch.pointee.home_count = reader.homes.count
    watch.pointee.separator = Self.separator
    watch.pointee.context = Unmanaged.passUnretained(self).toOpaque()
    cexpat_install(parser, watch)
    listen()
  }

  deinit {
    XML_ParserFree(parser)
    free(watch.pointee.root)
    watch.deallocate()
    lists.deallocate()
    for name in names { free(name) }
  }

  private func listen() {
    watch.pointee.found = { context, index, name, attributes in
      guard let name, let attributes else { return CEXPAT_NOTHING }
      return Markup.of(context)?.begin(index, name, attributes) ?? CEXPAT_NOTHING
    }
    watch.pointee.attribute = { context, index, _, value in
      guard let value, let markup = Markup.of(context) else { return }
      markup.watch.pointee.work += Work.attribute + Work.valueByte * strlen(value)
      markup.reader.take(value, of: index)
    }
    watch.pointee.text = { context, text, length in
      guard let text else { return }
      Markup.of(context)?.take(UnsafeRawBufferPointer(start: text, count: Int(length)))
    }
    watch.pointee.left = { context in
      guard let markup = Markup.of(context) else { return }
      markup.attempt { (reader) throws(Refusal) in try reader.leaveScope() }
    }
    XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
      guard let markup = Markup.of(data: data), !markup.allowsDoctype else { return }
      markup.refuse(Refusal(.unreadable, "a document type"))
    }
    XML_SetEntityDeclHandler(parser) { data, _, _, _, _, _, _, _, _ in
      Markup.of(data: data)?.refuse(Refusal(.unreadable, "an entity"))
    }
    XML_SetSkippedEntityHandler(parser) { data, _, _ in
      Markup.of(data: data)?.refuse(Refusal(.unreadable, "an entity from elsewhere"))
    }
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> Markup? {
    context.map { Unmanaged<Markup>.fromOpaque($0).takeUnretainedValue() }
  }

  private static func of(data: UnsafeMutableRawPointer?) -> Markup? {
    of(data?.assumingMemoryBound(to: cexpat_watch.self).pointee.context)
  }

  private func refuse(_ refusal: Refusal) {
    if self.refusal == nil { self.refusal = refusal }
    XML_StopParser(parser, XML_Bool(XML_FALSE))
  }

  private func attempt(_ body: (any MarkupReader) throws(Refusal) -> Void) {
    do throws(Refusal) { try body(reader) } catch { refuse(error) }
  }

  private func begin(
    _ index: Int,
    _ name: UnsafePointer<CChar>,
    _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>
  ) -> cexpat_interest {
    let local = reader.elements[index]
    // An element without attributes of interest is cheap, and can occur a million times.
    let isPlain = elementAttributes.isEmpty && homes.isEmpty
    watch.pointee.work += isPlain ? Work.plainElement : Work.element
    let space = isPlain ? Namespace.none : namespace(of: name)
    guard homes.isEmpty || space == root || homes.contains(space) else { return CEXPAT_NOTHING }
    enterScopes()
    var values: [Element.Attribute] = []
    var position = 0
    while !isPlain, let key = attributes[position], let value = attributes[position + 1] {
      position += 2
      guard let name = wantedName(key) else { continue }
      watch.pointee.work += Work.attribute + Work.valueByte * strlen(value)
      values.append(Element.Attribute(name: name, namespace: namespace(of: key), value: String(cString: value)))
    }
    var interest = CEXPAT_NOTHING
    attempt { (reader) throws(Refusal) in
      interest = try reader.begin(Element(name: local, namespace: space, attributes: values))
    }
    return interest
  }

  /// Returns the local name of an attribute that the reader asked for; nil for other attributes.
  private func wantedName(_ key: UnsafePointer<CChar>) -> String? {
    guard let local = cexpat_local(key, Self.separator) else { return nil }
    return elementAttributes.first { strcmp($0.spelling, local) == 0 }?.name
  }

  private func take(_ text: UnsafeRawBufferPointer) {
    watch.pointee.work += Work.text + Work.byte * text.count
    enterScopes()
    reader.take(text, isDirect: watch.pointee.depth == watch.pointee.listens)
  }

  private func enterScopes() {
    while watch.pointee.entered < watch.pointee.scope_count {
      watch.pointee.work += Work.text
      reader.enterScope()
      watch.pointee.entered += 1
    }
  }

  /// The namespace of the root element.
  private lazy var root: Namespace? = watch.pointee.root.map { Namespace(String(cString: $0)) }

  private func namespace(of name: UnsafePointer<CChar>) -> Namespace {
    guard let local = cexpat_local(name, Self.separator), local != name else { return .none }
    let bytes = UnsafeRawBufferPointer(start: name, count: local - name - 1)
    // Most names have the same namespace as the previous name.
    if let latest, latest.spelling.count == bytes.count, memcmp(latest.spelling, name, bytes.count) == 0 {
      return latest.namespace
    }
    let uri = String(decoding: bytes, as: UTF8.self)
    let found = namespaces[uri] ?? Namespace(uri)
    if namespaces.count < 100 { namespaces[uri] = found }
    latest = (Array(bytes), found)
    return found
  }

  /// Returns the elements named in `wanted` of a complete document, with the attributes in `attributes`.
  static func list(
    _ wanted: [String],
    attributes: Set<String>,
    in bytes: [UInt8],
    allowingDoctype: Bool = false,
    _ budget: Budget
  ) throws(Refusal) -> [Element] {
    let list = ElementList(wanted, attributes: attributes, budget)
    let markup = try Markup(list, allowingDoctype: allowingDoctype, budget)
    try markup.take(bytes[...])
    try markup.finish()
    return list.found
  }

  /// Parses the next piece.
  ///
  /// The parser starts anew at a long unfinished tag or comment with every piece. Further pieces therefore wait until
  /// they double the unfinished length, which keeps the total cost linear.
  func take(_ piece: ArraySlice<UInt8>) throws(Refusal) {
    let unfinished = fedBytes - max(0, XML_GetCurrentByteIndex(parser))
    guard unfinished > Self.freeTokenBytes || !held.isEmpty else { return try parse(piece, isLast: false) }
    guard unfinished < Self.maximumTokenBytes else {
      throw Refusal(.decompressionBomb, "a tag or comment that is too long")
    }
    held += piece
    if held.count >= min(unfinished, Self.maximumTokenBytes - unfinished) { try release() }
  }

  private func release() throws(Refusal) {
    let piece = held
    held = []
    try parse(piece[...], isLast: false)
  }

  /// Ends the document; throws if it is incomplete.
  func finish() throws(Refusal) {
    if !held.isEmpty { try release() }
    try parse([], isLast: true)
    reader.finish()
  }

  private func parse(_ piece: ArraySlice<UInt8>, isLast: Bool) throws(Refusal) {
    let status = piece.withUnsafeBytes { piece in
      XML_Parse(parser, piece.bindMemory(to: CChar.self).baseAddress, Int32(piece.count), isLast ? 1 : 0)
    }
    fedBytes += piece.count
    if let refusal { throw refusal }
    guard watch.pointee.refused == 0 else { throw Refusal(.decompressionBomb, "too deep, or a name too long") }
    guard status == XML_STATUS_OK else { throw Refusal(.unreadable, "XML: \(XML_GetErrorCode(parser).rawValue)") }
    let work = watch.pointee.work
    try budget.spend(work: work - spentWork + 3 * piece.count)
    spentWork = work
  }
}
