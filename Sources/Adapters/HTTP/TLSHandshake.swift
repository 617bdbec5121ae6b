internal import CCurl
public import FoundationEssentials

/// A handshake that offers one version of TLS, with weak ciphers too, to find out what a server accepts.
///
/// The client verifies no certificate and sends no request. It runs at OpenSSL's security level 0: at any other level the
/// client itself refuses old versions and ciphers, and the server looks safe.
/// Source: https://docs.openssl.org/3.0/man3/SSL_CTX_set_security_level/
public struct TLSHandshake: Sendable {
  /// A version of TLS.
  public enum Version: Int, Sendable, CaseIterable, CustomStringConvertible {
    /// The versions with the numbers of libcurl.
    case tls10 = 4
    case tls11, tls12, tls13

    /// The name, such as `TLS 1.2`.
    public var description: String { "TLS 1.\(rawValue - Self.tls10.rawValue)" }
  }

  /// The result of a handshake.
  public enum Outcome: Sendable, Equatable {
    /// The server accepted the offer.
    case accepted
    /// The server refused the offer.
    case refused(String)
    /// No connection, or no answer in time.
    case unreachable(String)
  }

  private let host: String

  /// A handshake with the server of an `https` URL.
  public init(_ url: String) { host = url }

  /// Offers one version and these ciphers, in OpenSSL's form; nil for all that OpenSSL can.
  public func offer(_ version: Version, ciphers: String? = nil, within seconds: Double = 5) -> Outcome {
    guard let handle = curl_easy_init() else { return .unreachable("out of memory") }
    defer { curl_easy_cleanup(handle) }
    var codes = common(handle, seconds)
    codes.append(ccurl_set_long(handle, CURLOPT_SSLVERSION, version.rawValue | version.rawValue << 16))
    codes.append(ccurl_set_string(handle, CURLOPT_SSL_CIPHER_LIST, "\(ciphers ?? "ALL:COMPLEMENTOFALL"):@SECLEVEL=0"))
    if let code = codes.first(where: { $0 != CURLE_OK }) { return .unreachable(Self.text(code)) }
    let code = curl_easy_perform(handle)
    switch code {
    case CURLE_OK: return .accepted
    case CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING: return .refused(Self.text(code))
    default: return .unreachable(Self.text(code))
    }
  }

  /// Returns the end of the validity of the server's own certificate; nil if the server shows none.
  public func certificateEnd(within seconds: Double = 5) -> Date? {
    guard let handle = curl_easy_init() else { return nil }
    defer { curl_easy_cleanup(handle) }
    let codes = common(handle, seconds) + [ccurl_set_long(handle, CURLOPT_CERTINFO, 1)]
    guard codes.allSatisfy({ $0 == CURLE_OK }), curl_easy_perform(handle) == CURLE_OK else { return nil }
    var chain: UnsafeMutablePointer<curl_certinfo>?
    guard ccurl_get_certificates(handle, &chain) == CURLE_OK, let chain, chain.pointee.num_of_certs > 0 else {
      return nil
    }
    var line = chain.pointee.certinfo[0]
    while let entry = line {
      let text = String(cString: entry.pointee.data)
      if text.hasPrefix("Expire date:") { return httpDate(String(text.dropFirst("Expire date:".count))) }
      line = entry.pointee.next
    }
    return nil
  }

  private func common(_ handle: UnsafeMutableRawPointer, _ seconds: Double) -> [CURLcode] {
    [
      ccurl_set_string(handle, CURLOPT_URL, host),
      ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "https"),
      ccurl_set_string(handle, CURLOPT_PROXY, ""),
      ccurl_set_long(handle, CURLOPT_CONNECT_ONLY, 1),
      ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0),
      ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0),
      ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
      ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(seconds * 1000)),
    ]
  }

  private static func text(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
}
