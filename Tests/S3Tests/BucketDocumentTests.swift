import Foundation
import Storage
import TestSupport
import Testing
import XML

@testable import S3

/// Documents of buckets in JSON and XML.
@Suite struct BucketDocumentTests {
  private static let samples: [(DocumentKind, String, String)] = [
    (.publicAccessBlock, #"{"BlockPublicAcls":true}"#, "<BlockPublicAcls>true</BlockPublicAcls>"),
    (
      .ownership, #"{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}"#,
      "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"
    ),
    (
      .versioning, #"{"MFADelete":"Disabled","Status":"Enabled"}"#,
      "<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>"
    ),
    (
      .encryption,
      #"{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BlockedEncryptionTypes":{"EncryptionType":["NONE","SSE-C"]},"BucketKeyEnabled":false}]}"#,
      "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
        + "<BucketKeyEnabled>false</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType>"
        + "<EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>"
    ),
    (
      .lifecycle,
      #"{"Rules":[{"Filter":{"And":{"Prefix":"a&b","Tags":[{"Key":"k","Value":"v"},{"Key":"l","Value":"w"}]}},"ID":"r","Status":"Enabled","Transitions":[{"Days":30,"StorageClass":"GLACIER"}]}]}"#,
      "<Rule><ID>r</ID><Filter><And><Prefix>a&amp;b</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>l</Key>"
        + "<Value>w</Value></Tag></And></Filter><Status>Enabled</Status><Transition><Days>30</Days>"
        + "<StorageClass>GLACIER</StorageClass></Transition></Rule>"
    ),
    (
      .cors, #"{"CORSRules":[{"AllowedMethods":["GET","PUT"],"AllowedOrigins":["null"],"ID":"a","MaxAgeSeconds":5}]}"#,
      "<CORSRule><ID>a</ID><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"
        + "<AllowedOrigin>null</AllowedOrigin><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule>"
    ),
    (
      .logging, #"{"LoggingEnabled":{"TargetBucket":"l","TargetPrefix":""}}"#,
      "<LoggingEnabled><TargetBucket>l</TargetBucket><TargetPrefix></TargetPrefix></LoggingEnabled>"
    ),
    (.notification, #"{"EventBridgeConfiguration":{}}"#, "<EventBridgeConfiguration></EventBridgeConfiguration>"),
    (
      .notification,
      #"{"QueueConfigurations":[{"Events":["s3:ObjectCreated:*"],"Filter":{"Key":{"FilterRules":[{"Name":"prefix","Value":"a"}]}},"Id":"q","QueueArn":"arn"}]}"#,
      "<QueueConfiguration><Id>q</Id><Queue>arn</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule>"
        + "<Name>prefix</Name><Value>a</Value></FilterRule></S3Key></Filter></QueueConfiguration>"
    ),
  ]

  @Test(arguments: samples) func `a document becomes XML and comes back`(kind: DocumentKind, text: String, xml: String)
    throws
  {
    let document = try JSONValue(json: Array(text.utf8))
    #expect(kind.problems(in: document) == [])
    let shape = try #require(kind.shape)
    #expect(shape.xml(of: document) == xml)
    let element = try XMLReader.read(Array("<Root xmlns=\"\(namespace)\">\n\(xml)</Root>".utf8))
    #expect(shape.value(of: element).json() == text)
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["STOWAGE_PYTHON"] != nil))
  func `every field of the table stands in AWS's model of the service`() throws {
    let python = try #require(ProcessInfo.processInfo.environment["STOWAGE_PYTHON"])
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "documents.py").path
    let output = Pipe()
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = [script]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let model = Set(text.split(separator: "\n").map { String($0) })
    let table = DocumentKind.allCases.flatMap { kind in kind.shape.map { fields($0, kind.rawValue) } ?? [] }
    #expect(table.count > 60 && model.count >= table.count)
    // The size of transitions is a header field.
    for field in table where !field.contains("TransitionDefaultMinimumObjectSize") {
      #expect(model.contains(field), "\(field)")
    }
  }

  /// Returns a line for each field below a shape: its place, its element, and `*` for a list.
  private func fields(_ shape: DocumentShape, _ place: String) -> [String] {
    guard case .structure(let members) = shape else { return [] }
    return members.flatMap { member in
      let path = "\(place).\(member.name)"
      return ["\(path) \(member.element)\(member.isList ? "*" : "")"] + fields(member.shape, path)
    }
  }

  @Test func `elements that the table does not know are kept`() throws {
    let xml = "<Rule><ID>r</ID><Status>Enabled</Status><New><Deep>1</Deep><Deep>2</Deep></New></Rule>"
    let shape = try #require(DocumentKind.lifecycle.shape)
    let value = shape.value(of: try XMLReader.read(Array("<R>\(xml)</R>".utf8)))
    #expect(shape.xml(of: value) == xml)
    #expect(DocumentKind.lifecycle.problems(in: value).contains { $0.contains("Rules[0].New: an unknown field") })
  }

  @Test(arguments: ["", "{", "[1.5]", "null", "{\"a\":null}", "{} x", "\u{1}"])
  func `text that is no document is refused`(text: String) {
    #expect(throws: JSONValue.Malformed.self) { try JSONValue(json: Array(text.utf8)) }
  }

  @Test func `deep nesting is refused or read, and does not end the process`() {
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(throws: JSONValue.Malformed.self) { try JSONValue(json: Array(deep.utf8)) }
  }
}
