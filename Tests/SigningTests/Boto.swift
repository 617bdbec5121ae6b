import Foundation
import Signing
import Testing

/// botocore as a second signer, at one fixed second.
enum Boto {
  static let interpreter = ProcessInfo.processInfo.environment["STOWAGE_PYTHON"]
  static let host = "127.0.0.1:8333"
  static let time = Date(timeIntervalSince1970: 1_792_800_059)
  static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

  enum Value: Encodable {
    case text(String)
    case number(Int)
    case map([String: String])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number): try container.encode(number)
      case .map(let map): try container.encode(map)
      }
    }
  }

  struct Presigned: Encodable {
    let operation: String
    let key: String
    let expires: Int
    var parameters: [String: Value] = [:]
    var token: String?
  }

  struct Request: Encodable {
    let method: String
    let path: String
    let headers: [String: String]
    let body: String
    var token: String?
  }

  struct Form: Encodable {
    let key: String
    let fields: [[String]]
    let sizes: [Int64]
    let expires: Int
    var token: String?
  }

  private struct Input<Case: Encodable>: Encodable {
    let cases: [Case]
    let endpoint = "http://" + host
    let secret = Boto.secret
    let time = Int(Boto.time.timeIntervalSince1970)
  }

  static func signer(token: String? = nil) -> RequestSigner {
    RequestSigner(
      credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret, sessionToken: token),
      region: "eu-central-1"
    )
  }

  static func signed<Case: Encodable>(_ cases: [Case]) throws -> [String] {
    let process = Process()
    process.executableURL = URL(filePath: try #require(interpreter))
    process.arguments = [URL(filePath: #filePath).deletingLastPathComponent().appending(path: "presign.py").path]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(Input(cases: cases)))
    try input.fileHandleForWriting.close()
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try JSONDecoder().decode([String].self, from: answer)
  }
}
