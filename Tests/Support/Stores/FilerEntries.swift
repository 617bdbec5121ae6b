/// The entries of a SeaweedFS filer, as `fs.meta.save` writes them: each is its length in 4 bytes, then a message.
///
/// Source: https://github.com/seaweedfs/seaweedfs/blob/master/weed/pb/filer.proto (`FullEntry`)
struct FilerEntries {
  private var entries: [ProtobufMessage] = []

  init(file: [UInt8]) throws {
    var rest = file[...]
    while !rest.isEmpty {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard rest.count >= 4 + length else { throw SetUpFailure("the file of the filer's entries is cut off") }
      entries.append(try ProtobufMessage(rest.dropFirst(4).prefix(length)))
      rest = rest.dropFirst(4 + length)
    }
  }

  /// The entries as a file that `fs.meta.load` takes.
  ///
  /// The last entry is there twice, because SeaweedFS 4.48 lost the last entry of a file in 2 of 9 runs.
  var file: [UInt8] {
    (entries + entries.suffix(1)).flatMap { entry in
      let bytes = entry.bytes
      return stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bytes.count >> $0) } + bytes
    }
  }

  /// Moves the times of everything in the bucket into the past, and drops the bucket itself.
  mutating func age(_ bucket: String, byDays days: Int) {
    let seconds = days * 86_400
    entries.removeAll { !$0[1].contains { $0.text?.hasPrefix("/buckets/\(bucket)") ?? false } }
    for index in entries.indices {
      entries[index].change(2) { entry in
        entry.change(4) { attributes in attributes.add(-seconds, to: 2) }
        entry.change(5) { pair in Self.age(&pair, by: seconds) }
      }
    }
  }

  /// Changes an extended attribute, a pair of a name (1) and a value (2), if the value is a time.
  private static func age(_ pair: inout ProtobufMessage, by seconds: Int) {
    let unit: Int
    switch pair[1].first?.text {
    case "Seaweed-X-Amz-Noncurrent-Since-Ns": unit = 1_000_000_000
    case "Seaweed-X-Amz-Latest-Version-Mtime": unit = 1
    default: return
    }
    guard let time = pair[2].first?.text.flatMap({ Int($0) }) else { return }
    pair.set(2, to: Array(String(time - seconds * unit).utf8))
  }
}

/// A message of Protocol Buffers, whose meaning its reader knows.
///
/// Source: https://protobuf.dev/programming-guides/encoding/
struct ProtobufMessage {
  enum Value {
    case number(UInt64)
    case bytes([UInt8])
    /// A value of 4 or 8 bytes.
    case fixed([UInt8])

    var text: String? { if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil } }
  }

  private var fields: [(number: UInt64, value: Value)] = []

  init(_ bytes: some Collection<UInt8>) throws {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let tag = try Self.number(&rest)
      switch tag & 7 {
      case 0: fields.append((tag >> 3, .number(try Self.number(&rest))))
      case 1: fields.append((tag >> 3, .fixed(try Self.take(8, &rest))))
      case 2: fields.append((tag >> 3, .bytes(try Self.take(Int(try Self.number(&rest)), &rest))))
      case 5: fields.append((tag >> 3, .fixed(try Self.take(4, &rest))))
      default: throw SetUpFailure("an unknown wire type of Protocol Buffers")
      }
    }
  }

  var bytes: [UInt8] {
    fields.flatMap { number, value in
      switch value {
      case .number(let value): Self.bytes(of: number << 3) + Self.bytes(of: value)
      case .bytes(let value): Self.bytes(of: number << 3 | 2) + Self.bytes(of: UInt64(value.count)) + value
      case .fixed(let value): Self.bytes(of: number << 3 | (value.count == 8 ? 1 : 5)) + value
      }
    }
  }

  /// The values of a field.
  subscript(number: UInt64) -> [Value] { fields.filter { $0.number == number }.map(\.value) }

  mutating func set(_ number: UInt64, to bytes: [UInt8]) {
    for index in fields.indices where fields[index].number == number { fields[index].value = .bytes(bytes) }
  }

  mutating func add(_ difference: Int, to number: UInt64) {
    for index in fields.indices where fields[index].number == number {
      if case .number(let value) = fields[index].value {
        fields[index].value = .number(value &+ UInt64(bitPattern: Int64(difference)))
      }
    }
  }

  /// Changes the messages in a field.
  mutating func change(_ number: UInt64, _ body: (inout ProtobufMessage) -> Void) {
    for index in fields.indices where fields[index].number == number {
      guard case .bytes(let bytes) = fields[index].value, var message = try? ProtobufMessage(bytes) else { continue }
      body(&message)
      fields[index].value = .bytes(message.bytes)
    }
  }

  private static func number(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw SetUpFailure("a number of Protocol Buffers is cut off")
  }

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
    guard count >= 0, count <= rest.count else { throw SetUpFailure("a field of Protocol Buffers is cut off") }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  private static func bytes(of number: UInt64) -> [UInt8] {
    var (rest, bytes) = (number, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
