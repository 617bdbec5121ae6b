internal import HTTP
internal import Signing
internal import XML

/// A role that a token of an identity provider may assume.
struct WebIdentityRole {
  let arn: String
  let tokenFile: String
  let sessionName: String

  /// The role that the environment names; nil if it names none.
  init?(_ variables: [String: String], sessionName: String) throws(CredentialError) {
    let (file, arn) = (variables["AWS_WEB_IDENTITY_TOKEN_FILE"], variables["AWS_ROLE_ARN"])
    // AWS_ROLE_ARN alone is common: it can belong to a profile.
    guard let file else { return nil }
    guard let arn else { throw CredentialError("web identity: AWS_WEB_IDENTITY_TOKEN_FILE needs AWS_ROLE_ARN") }
    try self.init(arn: arn, tokenFile: file, sessionName: sessionName)
  }

  init(arn: String, tokenFile: String, sessionName: String) throws(CredentialError) {
    guard isPrintable(arn, upTo: 2048) else { throw CredentialError("web identity: the role's ARN is malformed") }
    guard sessionName.wholeMatch(of: /[\w+=,.@\-]{2,64}/.asciiOnlyWordCharacters()) != nil else {
      throw CredentialError("web identity: a session's name has 2 to 64 letters, digits and characters of _+=,.@-")
    }
    (self.arn, self.tokenFile, self.sessionName) = (arn, tokenFile, sessionName)
  }
}

/// The exchange of a web identity for credentials at AWS's Security Token Service (STS), or at a compatible one.
///
/// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
struct RoleExchange {
  /// The maximum length of a web identity token, in bytes.
  static let maximumTokenBytes = 20_000

  private static let place = "web identity"
  private let url: String
  private let endpoint: CredentialEndpoint

  /// The endpoint of `region`, unless the environment names another one.
  ///
  /// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html,
  /// https://docs.aws.amazon.com/general/latest/gr/sts.html
  init(_ variables: [String: String], region: String) throws(CredentialError) {
    guard region.wholeMatch(of: /[a-z0-9\-]{1,40}/) != nil else {
      throw CredentialError("\(Self.place): \(region.debugDescription) is no region")
    }
    let suffix = region.hasPrefix("cn-") ? ".cn" : ""
    let isGlobal = region == "auto" || variables["AWS_STS_REGIONAL_ENDPOINTS"] == "legacy"
    let host = isGlobal ? "sts.amazonaws.com" : "sts.\(region).amazonaws.com\(suffix)"
    let named = variables["AWS_ENDPOINT_URL_STS"] ?? variables["AWS_ENDPOINT_URL"]
    guard let url = EndpointURL(named ?? "https://\(host)"), url.isTrusted() else {
      throw CredentialError("AWS_ENDPOINT_URL_STS: expected an https URL, or an http URL of this machine")
    }
    self.url = url.text.hasSuffix("/") ? url.text : url.text + "/"
    endpoint = CredentialEndpoint(remote: Self.place, variables)
  }

  /// Exchanges the token in the role's file for credentials.
  ///
  /// The file is read anew each time, because its token is replaced before it ends.
  func assume(_ role: WebIdentityRole) throws(CredentialError) -> Credentials {
    let token = try readToken(role.tokenFile, upTo: Self.maximumTokenBytes)
    let form = [
      ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role.arn),
      ("RoleSessionName", role.sessionName), ("WebIdentityToken", token),
    ].map { "\($0)=\(percentEncodeQuery($1))" }.joined(separator: "&")
    let response = try endpoint.send(
      "POST",
      url,
      [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/xml")],
      body: Array(form.utf8)
    )
    let document = try? XMLReader.read(response.body)
    guard response.head.status == 200 else {
      let code = document?["Error"]?.text(of: "Code")?.wholeMatch(of: /[A-Za-z.]{1,80}/).map { " \($0.0)" } ?? ""
      throw CredentialError("\(Self.place): status \(response.head.status)\(code)")
    }
    guard let document, document.name == "AssumeRoleWithWebIdentityResponse",
      let answer = document["AssumeRoleWithWebIdentityResult"]?["Credentials"],
      let key = answer.text(of: "AccessKeyId"), let secret = answer.text(of: "SecretAccessKey"),
      let session = answer.text(of: "SessionToken"), let end = answer.text(of: "Expiration").flatMap(sessionEnd)
    else { throw CredentialError("\(Self.place): the response is not a document with credentials and their end") }
    return try Credentials(from: Self.place, key: key, secret: secret, token: session, expiration: end)
  }
}
