import Core
import Foundation

extension Doctor {
  /// Checks the file of the cookie signing key.
  ///
  /// `authorize` checks the key itself when it starts.
  func cookieKeys() -> [Finding] {
    let cookies = patient.settings.cookies
    guard let signing = cookies.signingKey else { return [] }
    let attributes = try? FileManager.default.attributesOfItem(atPath: signing.path)
    guard let mode = attributes?[.posixPermissions] as? Int else {
      return [
        .bad(
          "cookie keys",
          "\(signing.path) is not there",
          "Let STOWAGE_COOKIE_SIGNING_KEY name a PEM file with a private key."
        )
      ]
    }
    guard mode & 0o007 == 0 else {
      return [.warning("cookie keys", "\(signing.path) is readable for everybody", "chmod 0640 \(signing.path)")]
    }
    let others = cookies.keys.map(\.identifier).filter { $0 != signing.identifier }
    let accepted = ([signing.identifier] + others).sorted().joined(separator: ", ")
    return [.good("cookie keys", "signs with \(signing.identifier); accepts \(accepted)")]
  }
}
