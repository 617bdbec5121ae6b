internal import Signing

/// The shared credentials and config files of AWS's tools.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html,
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
struct SharedFiles: Sendable {
  /// The content of a profile that leads to credentials.
  enum Finding {
    case keys(Credentials, place: String)
    case role(arn: String, tokenFile: String, sessionName: String?)
  }

  /// The maximum size of a file, in bytes.
  static let maximumBytes = 1 << 20
  /// Members of a profile that need a program, a browser or other credentials.
  private static let unsupported = [
    "source_profile", "credential_source", "credential_process", "sso_session", "sso_start_url", "login_session",
  ]

  /// Members of a profile that lead to credentials here.
  static let own: Set = [
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "role_arn", "web_identity_token_file",
  ]

  /// The name of the profile.
  let profile: String
  private let isNamed: Bool
  private let credentialsPath: String?
  private let configPath: String?
  private let named: [(variable: String, path: String)]

  init(_ variables: [String: String]) {
    let home = variables["HOME"]
    func path(_ name: String, _ standard: String) -> String? {
      guard let given = variables[name] else { return home.map { $0 + "/.aws/" + standard } }
      return given.hasPrefix("~/") ? home.map { $0 + given.dropFirst() } : given
    }
    profile = variables["AWS_PROFILE"] ?? "default"
    isNamed = variables["AWS_PROFILE"] != nil
    credentialsPath = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    configPath = path("AWS_CONFIG_FILE", "config")
    named = ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"].compactMap { name in
      variables[name].flatMap { _ in path(name, "").map { (name, $0) } }
    }
  }

  /// The variables that name a file which does not exist; such a file counts as empty, as for AWS's SDKs.
  var missing: [String] {
    named.filter { variable, path in (try? readSmallFile(path, upTo: Self.maximumBytes)) == .some(nil) }
      .map { "\($0) names \($1), which does not exist" }
  }

  /// Returns the content of the profile; nil if there is no such profile, or it has nothing about credentials.
  ///
  /// A profile that `AWS_PROFILE` names must exist. The credentials file precedes the config file. A malformed line in
  /// either file is an error, also in another profile.
  func find() throws(CredentialError) -> Finding? {
    let prefixed = profile == "default" ? ["default", "profile default"] : ["profile " + profile]
    let own = try read(credentialsPath, sections: [profile])
    let config = try read(configPath, sections: prefixed)
    guard own != nil || config != nil else {
      if isNamed { throw CredentialError("profile \(profile): neither shared file has it") }
      return nil
    }
    let place = "profile \(profile)"
    let members = (config ?? [:]).merging(own ?? [:]) { $1 }
    if let arn = members["role_arn"], let file = members["web_identity_token_file"] {
      return .role(arn: arn, tokenFile: file, sessionName: members["role_session_name"])
    }
    if let name = Self.unsupported.first(where: { members[$0] != nil }) {
      throw CredentialError("\(place): \(name) is not supported; use another place for credentials")
    }
    // A pair comes from one file, so that a key is never combined with the secret of another one.
    guard let pair = [own, config].compactMap({ $0 }).first(where: { $0["aws_access_key_id"] != nil }) else {
      if isNamed || !Self.own.isDisjoint(with: members.keys) {
        let role = members["role_arn"] == nil ? "" : ", and the role_arn no web_identity_token_file"
        throw CredentialError("\(place): has no aws_access_key_id\(role)")
      }
      return nil
    }
    guard let key = pair["aws_access_key_id"], let secret = pair["aws_secret_access_key"] else {
      throw CredentialError("\(place): has no aws_secret_access_key beside the aws_access_key_id")
    }
    return .keys(
      try Credentials(from: place, key: key, secret: secret, token: pair["aws_session_token"], expiration: nil),
      place: place
    )
  }

  /// Returns the members of the first section that exists; nil if there is none.
  private func read(_ path: String?, sections: [String]) throws(CredentialError) -> [String: String]? {
    guard let path, let bytes = try readSmallFile(path, upTo: Self.maximumBytes) else { return nil }
    let all = try SharedFileSections(bytes, path: path).members
    guard let members = sections.lazy.compactMap({ all[$0] }).first else { return nil }
    // An empty key is a mistake, and the search must not go on; other empty members count as absent.
    return members.filter { !$0.value.isEmpty || $0.key == "aws_access_key_id" || $0.key == "aws_secret_access_key" }
  }
}
