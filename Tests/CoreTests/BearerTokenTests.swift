import Core
import Testing

@Suite struct BearerTokenTests {
  @Test(arguments: ["Bearer t", "bearer t", "BEARER t", "bEaReR t", "Bearer  t", "bearer     t"])
  func `the scheme has no case, and one or more spaces follow it`(text: String) {
    #expect(bearerToken(in: text) == "t")
  }

  @Test(arguments: [
    "", " ", "Bearer", "Bearer ", "Bearer   ", "Bearert", " Bearer t", "Bearer\tt", "Basic t", "Bearér t", "t",
  ])
  func `another scheme, or none, is no bearer token`(text: String) {
    #expect(bearerToken(in: text) == nil)
  }

  @Test func `what follows the spaces stays as it is`() {
    #expect(bearerToken(in: "Bearer a b ") == "a b ")
    #expect(bearerToken(in: "Bearer t, Bearer t") == "t, Bearer t")
  }
}
