internal import COpenSSL
internal import Synchronization

/// Tokens whose signature held under the keys that count now, so that who shows one again does not wait for it again.
///
/// A signature holds or not by the token's bytes and the keys alone, so another edition of the keys forgets them all. What a
/// token says, its times above all, is judged at each request. Only digests are kept: nobody can read a token out of them.
final class VerifiedTokenCache: Sendable {
  static let maximumCount = 10_000

  private let state = Mutex((edition: 0, digests: Set<[UInt8]>()))

  /// Whether `token` is known, or `verify` finds it genuine by the keys of `edition`.
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

  // Never changed, and looked up once: the built-in one libcrypto looks up anew at each use.
  nonisolated(unsafe) private static let sha256 = EVP_MD_fetch(nil, "SHA256", nil)

  /// SHA-256; nil where libcrypto fails.
  private static func digest(of token: String) -> [UInt8]? {
    var token = token
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let status = token.withUTF8 { EVP_Digest($0.baseAddress, $0.count, &digest, &count, sha256, nil) }
    return status == 1 ? Array(digest.prefix(Int(count))) : nil
  }
}
