import Testing

@testable import Audit

@Suite struct OriginPatternTests {
  @Test(arguments: [
    "*", "https://*", "https://*.com", "https://example*.com", "https://*.com:8443", "https://*.example.*",
    "https://*.example.com:*", "https://app.*", "https://*example.com", "https://*..com", "https://*.com.",
  ])
  func `a star before fewer than two fixed labels is wide`(origin: String) {
    #expect(OriginPattern(origin).isWide)
  }

  @Test(arguments: [
    "https://*.co.uk", "https://*.COM.au", "https://*.or.jp:8443", "https://*.github.io", "https://*.pages.dev",
    "https://*.s3.amazonaws.com",
  ])
  func `a star below a name where strangers have hosts is wide`(origin: String) {
    #expect(OriginPattern(origin).isWide)
  }

  @Test(arguments: [
    "https://example.com", "https://*.example.com", "https://*.example.com:8443", "null", "https://*.example.co.uk",
    "https://*.team.github.io", "https://*.sap.de",
  ])
  func `a star for hosts of one site is not`(origin: String) {
    #expect(!OriginPattern(origin).isWide)
  }
}
