internal import Glibc

/// A socket address in the form that `connect` accepts.
struct SocketName {
  let family: Int32
  /// The bytes of the `sockaddr`.
  let bytes: [UInt8]

  /// Returns the socket addresses of `address` in the order in which to try them; never empty.
  static func all(for address: ClamdAddress) throws(ScanError) -> [SocketName] {
    switch address {
    case .unix(let path): [try unix(path)]
    case .tcp(let host, let port): try tcp(host, port)
    }
  }

  private static func unix(_ path: String) throws(ScanError) -> SocketName {
    let text = Array(path.utf8)
    guard text.count <= ClamdAddress.maximumPathBytes else { throw .unavailable(detail: "\(path): path too long") }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: text) }
    return SocketName(family: AF_UNIX, bytes: withUnsafeBytes(of: name) { Array($0) })
  }

  private static func tcp(_ host: String, _ port: UInt16) throws(ScanError) -> [SocketName] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else { throw .unavailable(detail: "\(host): " + String(cString: gai_strerror(status))) }
    defer { freeaddrinfo(list) }
    var names: [SocketName] = []
    var next = list
    while let entry = next?.pointee {
      let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
      names.append(SocketName(family: entry.ai_family, bytes: Array(bytes)))
      next = entry.ai_next
    }
    guard !names.isEmpty else { throw .unavailable(detail: "\(host): no address") }
    return names
  }
}

func systemMessage(_ number: Int32) -> String {
  strerror(number).map { String(cString: $0) } ?? "error \(number)"
}
