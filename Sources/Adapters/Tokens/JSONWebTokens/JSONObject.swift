internal import CJose

/// A JSON object of the library jansson, released with its owner; all values read from it are copies.
struct JSONObject: ~Copyable {
  /// The maximum nesting of a parsed text.
  static let maximumDepth = 16

  enum Value: Equatable {
    case string(String)
    case number(Double)
    case strings([String])
    /// Null, a boolean, an object, or an array with an element that is not a string.
    case other
  }

  private let pointer: UnsafeMutablePointer<json_t>

  /// Creates an empty object; nil if no memory is left.
  init?() {
    guard let pointer = json_object() else { return nil }
    self.pointer = pointer
  }

  /// Takes ownership of `pointer`; nil if it is nil.
  init?(taking pointer: UnsafeMutablePointer<json_t>?) {
    guard let pointer else { return nil }
    self.pointer = pointer
  }

  /// Parses an object; nil if `text` is not exactly one object in UTF-8, repeats a member, is nested too deeply, or
  /// contains U+0000.
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

  /// The value of a member; nil if it is absent.
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

  /// Returns the value of a string member; nil if it is absent or has another type.
  func string(_ name: String) -> String? {
    if case .string(let text)? = self[name] { text } else { nil }
  }

  /// Returns the elements of an array of objects, each as JSON text; nil if the array is absent or has another element.
  func objects(_ name: String) -> [[UInt8]]? {
    guard let array = json_object_get(pointer, name), array.pointee.type == JSON_ARRAY else { return nil }
    var objects: [[UInt8]] = []
    for index in 0..<json_array_size(array) {
      guard let element = json_array_get(array, index), element.pointee.type == JSON_OBJECT else { return nil }
      objects.append(copiedText(of: element))
    }
    return objects
  }

  /// Returns the value of an integer member; nil if it is absent or has another type.
  func integer(_ name: String) -> Int64? {
    guard let member = json_object_get(pointer, name), member.pointee.type == JSON_INTEGER else { return nil }
    return Int64(json_integer_value(member))
  }

  /// Returns an object member as JSON text; nil if it is absent or has another type.
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

  /// Sets a member to `object` and consumes it.
  func set(_ name: String, _ object: consuming JSONObject) {
    json_object_set(pointer, name, object.pointer)
  }

  /// The object as JSON text without white space.
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
/// True if brackets outside strings nest at most `maximumDepth` deep, which bounds jansson's recursion.
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
