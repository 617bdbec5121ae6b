internal import HTTP
internal import Signing

/// Requests to the endpoints that hand out credentials: short deadlines, no redirects, no proxy, bounded responses.
///
/// Errors never quote a response, because it may contain a secret.
struct CredentialEndpoint: Sendable {
  /// The maximum length of a response, in bytes.
  static let maximumAnswer = 64 << 10

  private let place: String
  private let client: HTTPClient
  private let deadlines: HTTPDeadlines

  /// An endpoint on this machine or link, which answers at once.
  init(nearby place: String, _ variables: [String: String]) {
    self.init(place, HTTPDeadlines(connect: 1, total: 2), variables)
  }

  /// An endpoint on the Internet.
  init(remote place: String, _ variables: [String: String]) {
    self.init(place, HTTPDeadlines(connect: 3, total: 5), variables)
  }

  /// `AWS_CA_BUNDLE` replaces the system's certification authorities.
  ///
  /// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html
  private init(_ place: String, _ deadlines: HTTPDeadlines, _ variables: [String: String]) {
    self.place = place
    self.deadlines = deadlines
    let caFile = variables["AWS_CA_BUNDLE"]
    client = HTTPClient(HTTPClient.Settings(caFile: caFile, usesEnvironmentProxy: false, idleHandles: 0))
  }

  /// Returns the response, whatever its status.
  func send(
    _ method: String,
    _ url: String,
    _ headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil,
    maximumAnswer: Int = CredentialEndpoint.maximumAnswer
  ) throws(CredentialError) -> HTTPResponse {
    let request = HTTPRequest(
      method,
      url,
      headers: headers,
      body: body.map { .bytes($0) } ?? .none,
      deadlines: deadlines,
      maximumRedirects: 0,
      maximumAnswer: maximumAnswer
    )
    do throws(HTTPError) { return try client.send(request) } catch { throw CredentialError("\(place): \(error)") }
  }
}

/// An `http` or `https` URL, cut into the parts that decide whether a secret may be sent to it.
struct EndpointURL {
  let isEncrypted: Bool
  /// The host without the port, in lowercase; an IPv6 address has its brackets.
  let host: String
  /// The whole URL.
  let text: String

  /// Nil unless `text` is such a URL without a user, a fragment, a space or a backslash.
  ///
  /// Programs read unusual URLs differently, and the check must see the host that libcurl will see.
  init?(_ text: String) {
    let lowercased = text.lowercased()
    guard isPrintable(text, upTo: 2048), let start = ["https://", "http://"].first(where: lowercased.hasPrefix) else {
      return nil
    }
    let rest = text.dropFirst(start.utf8.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !text.contains("\\"), !text.contains("#"),
      let match = authority.wholeMatch(of: /([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/)
    else { return nil }
    isEncrypted = start == "https://"
    host = match.1.lowercased()
    self.text = text
  }

  /// True if the host is this machine, by address or as `localhost`.
  var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    let isAddress = parts.count == 4 && parts.allSatisfy { UInt8($0).map(String.init) == String($0) }
    return isAddress && parts[0] == "127"
  }

  /// True if secrets may travel to it: encrypted, on this machine, or at one of the link-local addresses `allowed`.
  func isTrusted(_ allowed: Set<String> = []) -> Bool { isEncrypted || isLoopback || allowed.contains(host) }
}
