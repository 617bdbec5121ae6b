import Foundation
import Testing
import Tokens

/// The published signature cases in `STOWAGE_CORPORA`: no invalid signature is accepted, and every valid one of a sound
/// key is.
@Suite(.enabled(if: Wycheproof.file != nil, "STOWAGE_CORPORA is not set"))
struct WycheproofTests {
  /// Cases marked as valid although the published key states another algorithm than the header (PS256 for PS384), or an
  /// unknown one (ES521).
  ///
  /// Stowage binds a key to its stated algorithm.
  static let misstated: Set<Int> = [346, 347, 350, 351]

  /// Cases marked as valid with a `?` in their base64url.
  static let misspelt: Set<Int> = [372, 373]

  @Test func `the corpus is complete`() throws {
    #expect(try Wycheproof.groups().flatMap(\.cases).count == 401)
  }

  @Test func `no invalid signature is accepted`() throws {
    for group in try Wycheproof.groups() {
      let keys = try? KeySet(group.key)
      // Cases 367 and 370 are marked as invalid, and equal the valid case 357 byte for byte.
      let valid = Set(group.cases.filter(\.isValid).map(\.token))
      for invalid in group.cases where !invalid.isValid && !valid.contains(invalid.token) {
        let payload = keys.flatMap { try? TokenVerifier(keys: $0).payload(of: invalid.token) }
        #expect(payload == nil, "case \(invalid.number), \(invalid.comment), is accepted")
      }
    }
  }

  @Test func `every valid signature is accepted`() throws {
    var refused: Set<Int> = []
    for group in try Wycheproof.groups() {
      let keys = try? KeySet(group.key)
      for valid in group.cases where valid.isValid {
        let payload = keys.flatMap { try? TokenVerifier(keys: $0).payload(of: valid.token) }
        if payload == nil { refused.insert(valid.number) }
      }
    }
    #expect(refused == Self.misstated.union(Self.misspelt))
  }
}

enum Wycheproof {
  static let file = ProcessInfo.processInfo.environment["STOWAGE_CORPORA"].map {
    URL(filePath: $0).appending(path: "jws/json_web_signature_test.json")
  }

  struct Group {
    let key: Data
    let cases: [Case]
  }

  struct Case {
    let number: Int
    let comment: String
    let token: String
    let isValid: Bool
  }

  static func groups() throws -> [Group] {
    let root = try JSONSerialization.jsonObject(with: Data(contentsOf: #require(file)))
    let groups = try #require((root as? [String: Any])?["testGroups"] as? [[String: Any]])
    return try groups.map { group in
      let key = try #require(group["public"] ?? group["private"])
      let cases = try #require(group["tests"] as? [[String: Any]])
      return Group(key: try JSONSerialization.data(withJSONObject: key), cases: try cases.map(testCase))
    }
  }

  private static func testCase(_ entry: [String: Any]) throws -> Case {
    let token = try #require(entry["jws"])
    let text = try token as? String ?? String(decoding: JSONSerialization.data(withJSONObject: token), as: UTF8.self)
    return Case(
      number: try #require(entry["tcId"] as? Int),
      comment: try #require(entry["comment"] as? String),
      token: text,
      isValid: entry["result"] as? String == "valid"
    )
  }
}
