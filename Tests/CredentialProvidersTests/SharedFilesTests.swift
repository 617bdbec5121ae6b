import Foundation
import Signing
import TestSupport
import Testing

@testable import CredentialProviders

@Suite struct SharedFilesTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: folder.file(".aws"), withIntermediateDirectories: true)
  }

  private func write(_ text: String, _ name: String = "credentials") throws {
    try Data(text.utf8).write(to: URL(filePath: folder.file(".aws/" + name)))
  }

  private func find(_ variables: [String: String] = [:]) throws -> Credentials {
    try chain(["HOME": folder.path].merging(variables) { $1 }).find(at: start).credentials
  }

  private func why(_ variables: [String: String] = [:]) -> String {
    reason(chain(["HOME": folder.path].merging(variables) { $1 }))
  }

  @Test func `a profile is found by name, with comments, spaces and other sections around it`() throws {
    try write(
      """
      # [work]
        # aws_access_key_id = OUTSIDE
      [default]
      aws_access_key_id=DEFAULT
      aws_secret_access_key=\(secretMark)-default
      ; aws_session_token = none
      [ work ] # a comment
      AWS_Access_Key_Id   =   WORK
      aws_secret_access_key = \(secretMark)#1/=+   ; the secret
      s3 =
        aws_access_key_id = NESTED
      aws_session_token = \(secretMark)-token==
      """
    )
    let standard = try find()
    #expect(standard.accessKeyID == "DEFAULT" && standard.sessionToken == nil && standard.expiration == nil)
    let work = try find(["AWS_PROFILE": "work"])
    #expect(work.accessKeyID == "WORK" && work.secretAccessKey == "\(secretMark)#1/=+")
    #expect(work.sessionToken == "\(secretMark)-token==")
  }

  @Test func `the credentials file precedes the config file, and a pair comes from one file`() throws {
    try write(
      "[default]\naws_secret_access_key=\(secretMark)-1\n[both]\naws_access_key_id=A\naws_secret_access_key=s\n"
    )
    try write(
      "[default]\naws_access_key_id=C\naws_secret_access_key=c\n[profile both]\naws_access_key_id=B\naws_secret_access_key=b\n",
      "config"
    )
    #expect(try find(["AWS_PROFILE": "both"]).accessKeyID == "A")
    let standard = try find()
    #expect(standard.accessKeyID == "C" && standard.secretAccessKey == "c")
  }

  @Test func `a profile that is named and absent, or half, is an error; an unnamed one is skipped`() throws {
    #expect(why().hasPrefix("none found"))
    #expect(why(["AWS_PROFILE": "x"]) == "profile x: neither shared file has it")
    try write(
      "[x]\nregion=eu-central-1\n[half]\naws_access_key_id=A\n[other]\naws_secret_access_key=\(secretMark)\n[default]\n"
    )
    #expect(why().hasPrefix("none found"))
    #expect(why(["AWS_PROFILE": "x"]).hasSuffix("has no aws_access_key_id"))
    #expect(why(["AWS_PROFILE": "half"]).contains("has no aws_secret_access_key"))
    #expect(why(["AWS_PROFILE": "other"]).hasSuffix("has no aws_access_key_id"))
  }

  @Test(arguments: ["credential_process = /bin/sh", "source_profile = a\nrole_arn = arn:x", "sso_session = s"])
  func `what needs a program, a browser or other credentials is named and not run`(member: String) throws {
    try write("[profile p]\n\(member)\n", "config")
    let name = try #require(member.split(separator: " ").first)
    #expect(why(["AWS_PROFILE": "p"]).contains("\(name) is not supported"))
  }

  @Test func `a file that is no small text file is refused`() throws {
    let path = folder.file(".aws/credentials")
    try Data([0xFF, 0x00]).write(to: URL(filePath: path))
    #expect(why() == "\(path): is not UTF-8")
    try Data(repeating: 0x23, count: (1 << 20) + 1).write(to: URL(filePath: path))
    #expect(why().contains("longer than"))
    try FileManager.default.removeItem(atPath: path)
    #expect(mkfifo(path, 0o600) == 0)
    #expect(why() == "\(path): is not a regular file")
    #expect(why(["AWS_SHARED_CREDENTIALS_FILE": "/dev/zero"]) == "/dev/zero: is not a regular file")
  }
}
