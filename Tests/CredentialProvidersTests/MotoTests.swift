import Foundation
import HTTP
import S3
import Signing
import Storage
import TestSupport
import Testing

@testable import CredentialProviders

/// The exchange of a web identity at moto's STS, and an upload with the credentials that it returns.
@Suite struct MotoTests {
  @Test func `an upload by a URL that temporary credentials signed`() throws {
    let moto = try Moto.shared()
    let folder = try ScratchFolder()
    let token = try folder.write(Array("\(secretMark).web.token\n".utf8), to: "token")
    let variables = [
      "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/stowage-presign",
      "AWS_ENDPOINT_URL_STS": moto.url,
    ]
    let source = RefreshingCredentials(
      ProviderChain(variables: variables, region: "us-east-1", sessionName: "stowage")
    )
    let now = Date.now
    let credentials = try source.credentials(lasting: 900, at: now)
    #expect(credentials.accessKeyID.hasPrefix("ASIA") && credentials.sessionToken != nil)
    #expect(credentials.seconds(at: now, limit: 7200) > 3000, "a session lasts an hour")

    let endpoint = try #require(S3Endpoint(moto.url))
    let store = S3Store(S3Configuration(endpoint: endpoint, credentials: source))
    let bucket = "credentials-\(UUID().uuidString.lowercased())"
    try store.createBucket(bucket)
    let signed = try store.presignPut(
      "a.txt",
      in: bucket,
      signedHeaders: [(name: "content-type", value: "text/plain")],
      expires: 900,
      at: now
    )
    #expect(signed.seconds == 900 && signed.url.contains("X-Amz-Security-Token="))
    let put = HTTPRequest("PUT", signed.url, headers: signed.headers, body: .bytes(Array("hello".utf8)))
    #expect(try HTTPClient().send(put).head.status == 200)
    #expect(try store.head("a.txt", in: bucket).size == 5)
    try store.delete("a.txt", in: bucket)
    try store.deleteBucket(bucket)
  }
}
