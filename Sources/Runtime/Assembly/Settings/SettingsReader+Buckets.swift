import Core

extension SettingsReader {
  /// Returns the names of the buckets: each from its setting, else from the pattern.
  mutating func bucketNames(in store: StoreSettings?) -> BucketNames {
    let pattern = bucketPattern(in: store)
    return BucketNames(
      raw: bucket("STOWAGE_BUCKET_RAW", "uploads-raw", pattern),
      processed: bucket("STOWAGE_BUCKET_PROCESSED", "uploads-processed", pattern),
      backups: bucket("STOWAGE_BUCKET_BACKUPS", "system-backups", pattern),
      logs: bucket("STOWAGE_BUCKET_LOGS", "access-logs", pattern)
    )
  }

  /// Returns the pattern with account and region filled in; `{bucket}` if the setting is absent or invalid.
  private mutating func bucketPattern(in store: StoreSettings?) -> String {
    let name = "STOWAGE_BUCKET_PATTERN"
    let expected = "{bucket} once, with lowercase letters, digits, dots, hyphens, ${account} and ${region} around it"
    let pattern = value(name, expected, fallback: Self.bucket) { text in
      let rest = [Self.bucket, "${account}", "${region}"].reduce(text) { $0.replacing($1, with: "") }
      return text.ranges(of: Self.bucket).count == 1 && rest.utf8.allSatisfy(isNameByte) ? text : nil
    }
    guard var pattern, let store else { return Self.bucket }
    if pattern.contains("${account}") {
      guard let account = store.account else {
        report("\(name): ${account} needs STOWAGE_AWS_ACCOUNT")
        return Self.bucket
      }
      pattern.replace("${account}", with: account)
    }
    pattern.replace("${region}", with: store.region)
    let longest = pattern.replacing(Self.bucket, with: "uploads-processed")
    guard bucketName(longest) != nil else {
      report("\(name): '\(longest)' is no bucket's name; expected \(bucketExpectation)")
      return Self.bucket
    }
    return pattern
  }

  private static let bucket = "{bucket}"

  private mutating func bucket(_ name: String, _ word: String, _ pattern: String) -> String {
    let fallback = pattern.replacing(Self.bucket, with: word)
    return value(name, bucketExpectation, fallback: fallback, parse: bucketName) ?? fallback
  }
}

private let bucketExpectation = "3 to 63 lowercase letters, digits, dots and hyphens"

/// Returns a bucket name that meets the rules common to all stores; else nil.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
private func bucketName(_ text: String) -> String? {
  text.utf8.allSatisfy(isNameByte) && (3...63).contains(text.utf8.count) ? text : nil
}

private func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
    UInt8(ascii: "."):
    true
  default: false
  }
}
