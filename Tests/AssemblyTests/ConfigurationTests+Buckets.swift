import Assembly
import Core
import Testing

extension ConfigurationTests {
  private func names(_ changes: [String: String]) throws -> [String] {
    try Configuration.load(environment: Self.minimum.merging(changes) { $1 }).settings.buckets.all
  }

  @Test func `a pattern names all four buckets, and a single name wins`() throws {
    let usual = ["uploads-raw", "uploads-processed", "system-backups", "access-logs"]
    #expect(try names([:]) == usual)
    let changes = [
      "STOWAGE_BUCKET_PATTERN": "acme-{bucket}-${account}-${region}-an", "STOWAGE_AWS_ACCOUNT": "123456789012",
      "STOWAGE_S3_REGION": "eu-west-1", "STOWAGE_BUCKET_LOGS": "our-logs",
    ]
    let ending = "-123456789012-eu-west-1-an"
    #expect(try names(changes) == usual.dropLast().map { "acme-" + $0 + ending } + ["our-logs"])
  }

  @Test(arguments: [
    "acme", "{bucket}{bucket}", "Acme-{bucket}", "{bucket}-${nobody}", "{bucket}-${account}",
    "a-very-long-name-that-no-store-accepts-since-it-is-long-{bucket}",
  ]) func `a pattern that names no buckets is one problem`(pattern: String) {
    let problems = problems(["STOWAGE_BUCKET_PATTERN": pattern])
    #expect(problems.count == 1 && problems[0].hasPrefix("STOWAGE_BUCKET_PATTERN"), "\(problems)")
  }

  @Test(arguments: ["12345678901", "1234567890123", "12345678901a"])
  func `an account has 12 digits`(account: String) {
    #expect(problems(["STOWAGE_AWS_ACCOUNT": account]).count == 1)
  }
}
