internal import COpenSSL
internal import Synchronization

/// A cache of tokens with a valid signature, so that a repeated token needs no second signature check.
///
/// A signature depends only on the bytes of the token and on the keys, so a new edition of the keys empties the cache.
/// The claims, above all the times, are checked at each request. The cache contains only digests, from which no token
/// can be recovered.
final class VerifiedTokenCache: Sendable {
  static let maximumCount = 10_000

  private let state = Mutex((edition: 0, digests: Set<[UInt8]>()))

  /// True if `token` is in the cache for `edition`, or if `verify` returns true for it.
  func contains(_ token: String, under edition: Int, verify: () -> Bool) -> Bool {
    guard let digest = Self.digest(of: token) else { return verify() }
    if state.withLock({ $0.edition == edition && $0.digests.contains(digest) }) { return true }
    guard verify() else { return false }
    state.withLock { state in
      if state.edition != edition || state.digests.count >= Self.maximumCount { state = (edition, []) }
      state.digests.insert(digest)
    }
    return true
  }

  // Immutable, and fetched once: libcrypto fetches the built-in `EVP_sha256()` again at each use.
  nonisolated(unsafe) private static let sha256 = EVP_MD_fetch(nil, "SHA256", nil)

  /// Returns the SHA-256 of a token; nil if libcrypto fails.
  private static func digest(of token: String) -> [UInt8]? {
    var token = token
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let status = token.withUTF8 { EVP_Digest($0.baseAddress, $0.count, &digest, &count, sha256, nil) }
    return status == 1 ? Array(digest.prefix(Int(count))) : nil
  }
}
