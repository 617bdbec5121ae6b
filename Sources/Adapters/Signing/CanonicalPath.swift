/// The form in which a service expects the path of a request in the signature.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html (CanonicalURI)
public enum CanonicalPath: Sendable {
  /// The path as it is sent, for S3 and compatible stores.
  case asSent
  /// The sent path with a second percent-encoding, for all services except S3.
  ///
  /// If `normalized` is true, `.` and `..` segments and repeated slashes are resolved first.
  case encoded(normalized: Bool)

  func callAsFunction(_ path: String) -> String {
    switch self {
    case .asSent: path.isEmpty ? "/" : path
    case .encoded(normalized: false): percentEncodePath(path.isEmpty ? "/" : path)
    case .encoded(normalized: true): percentEncodePath(normalizing(path))
    }
  }
}

private func normalizing(_ path: String) -> String {
  var kept: [Substring] = []
  let segments = path.split(separator: "/", omittingEmptySubsequences: true)
  for segment in segments where segment != "." {
    if segment == ".." {
      _ = kept.popLast()
    } else {
      kept.append(segment)
    }
  }
  let endsInSlash = path.hasSuffix("/") && !kept.isEmpty
  return "/" + kept.joined(separator: "/") + (endsInSlash ? "/" : "")
}
