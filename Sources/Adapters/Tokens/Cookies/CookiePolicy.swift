internal import FoundationEssentials

/// A CloudFront policy: the URLs that signed cookies allow, the period, and optionally the client addresses.
///
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html
public struct CookiePolicy: Hashable, Sendable {
  /// The allowed URL; `*` matches any characters including slashes, and `?` matches one character.
  public let resource: String
  /// The time in seconds since 1970 from which the policy allows no request.
  public let expires: Int64
  /// The time in seconds since 1970 before which the policy allows no request; nil for no start time.
  public let begins: Int64?
  /// The client addresses that the policy allows; nil for all addresses.
  public let addresses: AddressRange?

  static let maximumBytes = 2048
  private static let seconds: ClosedRange<Int64> = 0...(1 << 40)

  /// Creates a policy; nil if a time is out of range or the resource has characters other than printable ASCII, or a
  /// quote, a backslash or a space.
  public init?(resource: String, expires: Int64, begins: Int64? = nil, addresses: AddressRange? = nil) {
    let isPlain = resource.utf8.allSatisfy { byte in
      (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
    guard isPlain, !resource.isEmpty, Self.seconds.contains(expires), Self.seconds.contains(begins ?? 0) else {
      return nil
    }
    self.resource = resource
    self.expires = expires
    self.begins = begins
    self.addresses = addresses
  }

  /// Parses a policy; nil unless it is strict JSON of one statement with known members only.
  init?(parsing text: [UInt8]) {
    guard text.count <= Self.maximumBytes, let root = JSONObject(parsing: text), root.names == ["Statement"],
      let statements = root.objects("Statement"), statements.count == 1,
      let statement = JSONObject(parsing: statements[0]), statement.names == ["Condition", "Resource"],
      let resource = statement.string("Resource"), let members = statement.object("Condition"),
      let condition = JSONObject(parsing: members), let conditions = Conditions(condition)
    else { return nil }
    self.init(
      resource: resource,
      expires: conditions.expires,
      begins: conditions.begins,
      addresses: conditions.addresses
    )
  }

  /// The text that is signed: without white space, with members in the order that a canned policy requires.
  var text: [UInt8] {
    var conditions = ["\"DateLessThan\":{\"AWS:EpochTime\":\(expires)}"]
    if let addresses { conditions.append("\"IpAddress\":{\"AWS:SourceIp\":\"\(addresses)\"}") }
    if let begins { conditions.append("\"DateGreaterThan\":{\"AWS:EpochTime\":\(begins)}") }
    let condition = conditions.joined(separator: ",")
    return Array("{\"Statement\":[{\"Resource\":\"\(resource)\",\"Condition\":{\(condition)}}]}".utf8)
  }

  /// Returns the reason why the policy does not allow a request; nil if it does.
  func refusal(of url: String, from address: String, at now: Date) -> CookieRefusal? {
    let time = now.timeIntervalSince1970
    if time >= Double(expires) { return .expired }
    if let begins, time < Double(begins) { return .notYetValid }
    if let addresses, !addresses.contains(address) { return .otherAddress }
    return matches(Array(url.utf8), Array(resource.utf8)) ? nil : .otherResource
  }
}

/// The members of `Condition`.
private struct Conditions {
  var expires: Int64
  var begins: Int64?
  var addresses: AddressRange?

  init?(_ condition: borrowing JSONObject) {
    func time(_ name: String) -> Int64? {
      guard let text = condition.object(name), let object = JSONObject(parsing: text), object.names == ["AWS:EpochTime"]
      else { return nil }
      return object.integer("AWS:EpochTime")
    }
    let names = Set(condition.names)
    guard names.isSubset(of: ["DateLessThan", "DateGreaterThan", "IpAddress"]), let expires = time("DateLessThan")
    else { return nil }
    self.expires = expires
    if names.contains("DateGreaterThan") {
      guard let begins = time("DateGreaterThan") else { return nil }
      self.begins = begins
    }
    if names.contains("IpAddress") {
      guard let text = condition.object("IpAddress"), let object = JSONObject(parsing: text),
        object.names == ["AWS:SourceIp"], let range = object.string("AWS:SourceIp").flatMap(AddressRange.init)
      else { return nil }
      addresses = range
    }
  }
}

/// True if `text` matches `pattern`; the time is bounded by the product of their lengths.
private func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
  var (position, place) = (0, 0)
  var star: (place: Int, position: Int)?
  while position < text.count {
    if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
      star = (place, position)
      place += 1
    } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") || pattern[place] == text[position] {
      position += 1
      place += 1
    } else if let last = star {
      position = last.position + 1
      star = (last.place, position)
      place = last.place + 1
    } else {
      return false
    }
  }
  return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
}
