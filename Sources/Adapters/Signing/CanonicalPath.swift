/// How a service wants the path of a request to stand in its signature.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html (CanonicalURI)
public enum CanonicalPath: Sendable {
  /// Exactly as it is sent: S3 and everything that speaks its protocol.
  case asSent
  /// The path as sent percent-encoded once more; all services but S3. With `normalized`, `.` and `..` segments and
  /// repeated slashes are resolved first.
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
