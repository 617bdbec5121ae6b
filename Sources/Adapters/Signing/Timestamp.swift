internal import FoundationEssentials
internal import Glibc

/// A time in UTC, in the text forms of a signature.
struct Timestamp {
  /// The date, such as `20150830`.
  let day: String
  /// The time, such as `20150830T123600Z`.
  let text: String

  /// The time in the extended form, such as `2015-08-30T12:36:00Z`.
  var extended: String {
    let digits = Array(text)
    let places = [0..<4, 4..<6, 6..<11, 11..<13, 13..<16].map { String(digits[$0]) }
    return places[0] + "-" + places[1] + "-" + places[2] + ":" + places[3] + ":" + places[4]
  }

  init(_ date: Date) {
    var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    bytes.append(decimal: parts.tm_year + 1900, digits: 4)
    bytes.append(decimal: parts.tm_mon + 1, digits: 2)
    bytes.append(decimal: parts.tm_mday, digits: 2)
    day = String(decoding: bytes, as: UTF8.self)
    bytes.append(UInt8(ascii: "T"))
    bytes.append(decimal: parts.tm_hour, digits: 2)
    bytes.append(decimal: parts.tm_min, digits: 2)
    bytes.append(decimal: parts.tm_sec, digits: 2)
    bytes.append(UInt8(ascii: "Z"))
    text = String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  fileprivate mutating func append(decimal number: Int32, digits: Int32) {
    if digits > 1 { append(decimal: number / 10, digits: digits - 1) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }
}
