import Core
import Foundation
import Tokens

extension Doctor {
  /// Checks the source of identities, and the age of the token keys.
  func identity(at now: Date) -> Finding {
    let tokens = patient.settings.tokens
    guard tokens.identity == .jwt else {
      return .good("identity", "nginx tells it, by the application's own login; tokens count for nothing")
    }
    do throws(StorageError) {
      let status = try patient.tokenKeys()
      let words = describe(status, at: now)
      if let skipped = status.skipped.first {
        return .warning("token keys", "\(words); \(skipped)", "Take the keys that cannot be used out of the document.")
      }
      if case .file(let path)? = tokens.keys, isOpen(path) {
        return .warning(
          "token keys",
          "\(path) is readable for everybody",
          "chmod 0640 \(path), in case it holds a secret."
        )
      }
      return .good("token keys", words)
    } catch {
      return .bad(
        "token keys",
        error.words,
        "Let STOWAGE_TOKEN_KEY_FILE or STOWAGE_TOKEN_KEY_URL lead to a PEM public key, a JWK or a JWK set."
      )
    }
  }

  private func describe(_ status: KeyStatus, at now: Date) -> String {
    let count = Wording.number(status.keys, "key")
    switch patient.settings.tokens.keys {
    case .file(let path):
      let age = status.date.map { Wording.duration(max(0, now.timeIntervalSince($0))) } ?? "?"
      return "\(path): \(count), written \(age) ago"
    case .url(let url, _): return "\(url): \(count), fetched just now"
    case nil: return count
    }
  }

  private func isOpen(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.posixPermissions] as? Int).map { $0 & 0o007 != 0 } ?? false
  }
}
