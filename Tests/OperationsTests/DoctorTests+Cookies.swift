import TestSupport
import Testing

@testable import Operations

extension DoctorTests {
  /// Writes a private key to a file of this mode, and sets it as the signing key.
  private func sign(mode: Int) throws {
    try node.write("a key", to: "K1.pem", mode: mode)
    node.changes["STOWAGE_COOKIE_SIGNING_KEY"] = "K1=\(node.folder.file("K1.pem"))"
  }

  @Test func `a missing key for cookies`() throws {
    node.changes["STOWAGE_COOKIE_SIGNING_KEY"] = "K1=/nonexistent/K1.pem"
    try expectOne(.bad, "cookie keys", "/nonexistent/K1.pem", advice: "STOWAGE_COOKIE_SIGNING_KEY")
  }

  @Test func `a key for cookies that everybody can read`() throws {
    try sign(mode: 0o644)
    try expectOne(.warning, "cookie keys", "readable for everybody", advice: "chmod 0640")
  }

  @Test func `a good key for cookies lists every accepted key pair`() throws {
    try sign(mode: 0o640)
    node.changes["STOWAGE_COOKIE_KEYS"] = "K0=/keys/K0.pem"
    let found = try node.examine().first { $0.part == "cookie keys" }
    #expect(found?.status == .good && found?.text == "signs with K1; accepts K0, K1")
  }
}
