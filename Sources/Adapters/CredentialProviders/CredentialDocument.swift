internal import FoundationEssentials
internal import HTTP
internal import Signing

/// The JSON document with which container endpoints and the metadata service answer.
///
/// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html,
/// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
struct CredentialDocument: Decodable {
  var code: String?
  var accessKeyID: String?
  var secretAccessKey: String?
  var token: String?
  var expiration: String?

  private enum CodingKeys: String, CodingKey {
    case code = "Code"
    case accessKeyID = "AccessKeyId"
    case secretAccessKey = "SecretAccessKey"
    case token = "Token"
    case expiration = "Expiration"
  }

  /// Returns the credentials in a 200 response.
  ///
  /// All four members are required: without an end, a URL could outlive its session.
  static func credentials(in response: HTTPResponse, from place: String) throws(CredentialError) -> Credentials {
    guard response.head.status == 200 else { throw CredentialError("\(place): status \(response.head.status)") }
    guard let document = try? JSONDecoder().decode(Self.self, from: Data(response.body)) else {
      throw CredentialError("\(place): the response is not a JSON document with credentials")
    }
    guard document.code ?? "Success" == "Success" else {
      throw CredentialError("\(place): the response says that the credentials cannot be had")
    }
    guard let key = document.accessKeyID, let secret = document.secretAccessKey, let token = document.token,
      let end = document.expiration
    else { throw CredentialError("\(place): the response lacks \(document.missing.joined(separator: ", "))") }
    guard let expiration = sessionEnd(end) else {
      throw CredentialError("\(place): Expiration is not a time")
    }
    return try Credentials(
      from: place,
      key: key,
      secret: secret,
      token: token,
      expiration: expiration
    )
  }

  private var missing: [String] {
    let members: [(CodingKeys, String?)] = [
      (.accessKeyID, accessKeyID), (.secretAccessKey, secretAccessKey), (.token, token), (.expiration, expiration),
    ]
    return members.filter { $0.1 == nil }.map(\.0.rawValue)
  }
}
