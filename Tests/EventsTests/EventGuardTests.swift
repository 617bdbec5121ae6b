import Core
import Events
import Testing

@Suite struct EventGuardTests {
  private static let token = "a-token-of-32-characters-and-more"

  private func isAdmitted(_ authorization: String?, token: String? = EventGuardTests.token) -> Bool {
    do throws(StorageError) {
      try EventGuard(token: token.map { Secret($0) }).admit(authorization)
      return true
    } catch {
      guard case .unauthenticated(let reason) = error else {
        Issue.record("\(error)")
        return false
      }
      #expect(!reason.contains(Self.token))
      return false
    }
  }

  @Test(arguments: ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
  func `the right token is admitted, whatever the case of the scheme and the number of spaces`(scheme: String) {
    #expect(isAdmitted(scheme + Self.token))
  }

  @Test(
    arguments: [
      nil, "", "Bearer", "Bearer ", EventGuardTests.token, " Bearer \(EventGuardTests.token)",
      "Bearer\t\(EventGuardTests.token)",
      "Bearer \(EventGuardTests.token) ", "Bearer \(EventGuardTests.token)x",
      "Bearer \(EventGuardTests.token.dropLast())", "Basic \(EventGuardTests.token)",
      "Bearer \(EventGuardTests.token.uppercased())", "Bearer \(EventGuardTests.token)\0",
      "Bearer \(EventGuardTests.token), Bearer \(EventGuardTests.token)", "Bearer (set)",
    ] as [String?]
  )
  func `any other authorization is not admitted`(authorization: String?) { #expect(!isAdmitted(authorization)) }

  @Test(arguments: [nil, "", "Bearer", "Bearer ", "Bearer nil", "Bearer (set)"] as [String?])
  func `without a configured token nothing is admitted`(authorization: String?) {
    #expect(!isAdmitted(authorization, token: nil))
  }
}
