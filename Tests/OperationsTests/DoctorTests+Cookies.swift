import TestSupport
import Testing

@testable import Operations

extension DoctorTests {
  /// Lets the settings name a private key, in a file of this mode.
  private func sign(mode: Int) throws {
    try node.write("a key", to: "K1.pem", mode: mode)
    node.changes["STOWAGE_COOKIE_SIGNING_KEY"] = "K1=\(node.folder.file("K1.pem"))"
  }

  @Test func `a key for cookies that is not there`() throws {
    node.changes["STOWAGE_COOKIE_SIGNING_KEY"] = "K1=/nonexistent/K1.pem"
    try expectOne(.bad, "cookie keys", "/nonexistent/K1.pem", advice: "STOWAGE_COOKIE_SIGNING_KEY")
  }

  @Test func `a key for cookies that everybody can read`() throws {
    try sign(mode: 0o644)
    try expectOne(.warning, "cookie keys", "readable for everybody", advice: "chmod 0640")
  }

  @Test func `a key for cookies that is as it should be names every pair that counts`() throws {
    try sign(mode: 0o640)
    node.changes["STOWAGE_COOKIE_KEYS"] = "K0=/keys/K0.pem"
    let found = try node.examine().first { $0.part == "cookie keys" }
    #expect(found?.status == .good && found?.text == #"signs as K1; takes ["K0", "K1"]"#)
  }
}
