import Foundation
import Signing
import TestSupport
import Testing

@testable import CredentialProviders

/// Shared files that are wrong, beside a metadata service that would give out another role.
@Suite struct MalformedFileTests {
  private static let pair = "aws_access_key_id = BYFILE\naws_secret_access_key = \(secretMark)\n"
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Returns what the search says, and the number of requests that the metadata service received.
  private func search(
    _ text: String,
    as name: String = "credentials",
    _ variables: [String: String] = [:]
  ) throws -> (words: String, requests: Int) {
    let metadata = try ScriptedServer(metadataReplies("OTHERROLE", end: start + 3600))
    defer { metadata.stop() }
    try Data(text.utf8).write(to: URL(filePath: folder.file(name)))
    let files = [
      "AWS_SHARED_CREDENTIALS_FILE": folder.file("credentials"), "AWS_CONFIG_FILE": folder.file("config"),
    ]
    let words = reason(chain(files.merging(variables) { $1 }, metadata: metadata.url))
    return (words, metadata.requests.count)
  }

  @Test(
    arguments: ["credentials", "config"],
    [
      ("[default\n" + pair, 1, "the ] of the section is missing"),
      ("# mine\r\n\r\n[default\r\n" + pair, 3, "the ] of the section is missing"),
      (pair, 1, "stands before the first [section]"),
      ("\n\(pair)[other]\n", 2, "stands before the first [section]"),
      ("default]\n" + pair, 1, "expected [section] or name = value"),
      ("[]\n" + pair, 1, "the section has no name"),
      ("[default] aws_access_key_id = A\n", 1, "expected nothing behind the ] of the section"),
      ("[default]\naws_access_key_id A\n", 2, "expected [section] or name = value"),
      ("[default]\n= A\n", 2, "the name before = is missing"),
      ("  [default]\n" + pair, 1, "must not be indented"),
      ("[default]\n  aws_access_key_id = A\n", 2, "must not be indented"),
      ("[default]\nregion = x\n  aws_access_key_id = A\n", 3, "must not be indented"),
      ("[other]\nregion = x\n [default]\n" + pair, 3, "must not be indented"),
      ("[default]\n\(pair)[other\nregion = x\n", 4, "the ] of the section is missing"),
      ("\u{FEFF}\u{FEFF}[default]\n" + pair, 1, "expected [section] or name = value"),
    ]
  ) func `a malformed line ends the search, and is named`(file: String, wrong: (String, Int, String)) throws {
    let found = try search(wrong.0, as: file)
    #expect(found.words == "\(folder.file(file)): line \(wrong.1): \(wrong.2)")
    #expect(found.requests == 0)
  }

  @Test(arguments: ["credentials", "config"]) func `a byte order mark is skipped`(file: String) throws {
    let found = try search("\u{FEFF}[default]\n" + Self.pair, as: file)
    #expect(found.words == "found profile default" && found.requests == 0)
  }

  @Test(arguments: [
    ("aws_access_key_id =\naws_secret_access_key =\n", "identifier is empty, too long or malformed"),
    ("aws_secret_access_key = \(secretMark)\n", "has no aws_access_key_id"),
    ("aws_session_token = \(secretMark)\n", "has no aws_access_key_id"),
    ("role_arn = arn:aws:iam::123456789012:role/r\n", "and the role_arn no web_identity_token_file"),
    ("web_identity_token_file = /nowhere/token\n", "has no aws_access_key_id"),
  ]) func `a default profile with half of what it needs ends the search`(members: String, words: String) throws {
    let found = try search("[default]\n" + members)
    #expect(found.words.hasPrefix("profile default: ") && found.words.hasSuffix(words), "\(found.words)")
    #expect(found.requests == 0)
  }

  @Test func `a profile that AWS_PROFILE names and no file has ends the search`() throws {
    for name in ["work", "default"] {
      let found = try search("[other]\n" + Self.pair, as: "credentials", ["AWS_PROFILE": name])
      #expect(found.words == "profile \(name): neither shared file has it" && found.requests == 0)
    }
  }

  @Test(arguments: [
    "", "\u{FEFF}", "# nothing\n\n", "[other]\n" + pair, "[default]\nregion = eu-central-1\ns3 =\n  a = b\n",
    "[default]\naws_session_token =\nsso_session =\n",
  ]) func `without a default profile that has credentials, well-formed files let the search go on`(text: String) throws
  {
    let found = try search(text)
    #expect(found.words == "found instance metadata" && found.requests == 3)
  }
}
