internal import CJose

/// One JSON object of jansson's, freed with its owner; what is read out of it is copied.
struct JSONObject: ~Copyable {
  /// The deepest nesting that is parsed.
  static let maximumDepth = 16

  enum Value: Equatable {
    case string(String)
    case number(Double)
    case strings([String])
    /// Null, a boolean, an object, or an array of anything else.
    case other
  }

  private let pointer: UnsafeMutablePointer<json_t>

  /// An empty object; nil without memory.
  init?() {
    guard let pointer = json_object() else { return nil }
    self.pointer = pointer
  }

  /// Takes `pointer` over; nil where it is nil.
  init?(taking pointer: UnsafeMutablePointer<json_t>?) {
    guard let pointer else { return nil }
    self.pointer = pointer
  }

  /// Nil where `text` is not exactly one object in UTF-8, repeats a member, nests too deep, or holds U+0000.
  init?(parsing text: [UInt8]) {
    guard nestingIsBounded(text) else { return nil }
    let parsed = text.withUnsafeBytes { json_loadb($0.baseAddress, $0.count, Int(JSON_REJECT_DUPLICATES), nil) }
    guard let parsed else { return nil }
    guard parsed.pointee.type == JSON_OBJECT else {
      json_decref(parsed)
      return nil
    }
    pointer = parsed
  }

  deinit { json_decref(pointer) }

  /// The member, or nil where there is none.
  subscript(_ name: String) -> Value? {
    guard let member = json_object_get(pointer, name) else { return nil }
    switch member.pointee.type {
    case JSON_STRING: return .string(copiedString(of: member))
    case JSON_INTEGER, JSON_REAL: return .number(json_number_value(member))
    case JSON_ARRAY:
      let elements = (0..<json_array_size(member)).map { json_array_get(member, $0) }
      guard elements.allSatisfy({ $0?.pointee.type == JSON_STRING }) else { return .other }
      return .strings(elements.compactMap { $0.map(copiedString) })
    default: return .other
    }
  }

  /// The string member, or nil where there is none or another kind.
  func string(_ name: String) -> String? {
    if case .string(let text)? = self[name] { text } else { nil }
  }

  /// The elements of an array of objects, each as JSON text; nil where there is no array or other elements in it.
  func objects(_ name: String) -> [[UInt8]]? {
    guard let array = json_object_get(pointer, name), array.pointee.type == JSON_ARRAY else { return nil }
    var objects: [[UInt8]] = []
    for index in 0..<json_array_size(array) {
      guard let element = json_array_get(array, index), element.pointee.type == JSON_OBJECT else { return nil }
      objects.append(copiedText(of: element))
    }
    return objects
  }

  /// The whole number, or nil where there is none or another kind.
  func integer(_ name: String) -> Int64? {
    guard let member = json_object_get(pointer, name), member.pointee.type == JSON_INTEGER else { return nil }
    return Int64(json_integer_value(member))
  }

  /// The object member as JSON text, or nil where there is none or another kind.
  func object(_ name: String) -> [UInt8]? {
    guard let member = json_object_get(pointer, name), member.pointee.type == JSON_OBJECT else { return nil }
    return copiedText(of: member)
  }

  /// The names of all members, sorted.
  var names: [String] {
    var names: [String] = []
    var next = json_object_iter(pointer)
    while let member = next {
      names.append(String(cString: json_object_iter_key(member)))
      next = json_object_iter_next(pointer, member)
    }
    return names.sorted()
  }

  func set(_ name: String, _ value: String) {
    json_object_set_new(pointer, name, value.withCString { json_stringn($0, value.utf8.count) })
  }

  func set(_ name: String, _ value: Int64) {
    json_object_set_new(pointer, name, json_integer(json_int_t(value)))
  }

  /// Puts `object`, which ends here, in as a member.
  func set(_ name: String, _ object: consuming JSONObject) {
    json_object_set(pointer, name, object.pointer)
  }

  /// The object in its shortest spelling.
  var text: [UInt8] { copiedText(of: pointer) }

  func withPointer<Result>(_ body: (UnsafeMutablePointer<json_t>) -> Result) -> Result { body(pointer) }
}

private let compactJSON = JSON_COMPACT

private func copiedString(of value: UnsafeMutablePointer<json_t>) -> String {
  let start = UnsafeRawPointer(json_string_value(value))
  return String(decoding: UnsafeRawBufferPointer(start: start, count: json_string_length(value)), as: UTF8.self)
}

private func copiedText(of value: UnsafeMutablePointer<json_t>) -> [UInt8] {
  let length = json_dumpb(value, nil, 0, Int(compactJSON))
  return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
    buffer.withMemoryRebound(to: CChar.self) { _ = json_dumpb(value, $0.baseAddress, $0.count, Int(compactJSON)) }
    count = length
  }
}
/// Counts brackets outside strings, so that jansson's recursion never goes deep.
private func nestingIsBounded(_ text: [UInt8]) -> Bool {
  var depth = 0
  var isInString = false
  var isEscaped = false
  for byte in text {
    if isEscaped {
      isEscaped = false
    } else if isInString {
      isEscaped = byte == UInt8(ascii: "\\")
      isInString = byte != UInt8(ascii: "\"")
    } else if byte == UInt8(ascii: "\"") {
      isInString = true
    } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
      depth += 1
      if depth > JSONObject.maximumDepth { return false }
    } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
      depth -= 1
    }
  }
  return true
}
