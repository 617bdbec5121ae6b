extension StoreSettings {
  /// The partition of ARNs: `aws`, or `aws-cn` and `aws-us-gov` in their regions.
  ///
  /// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
  public var partition: String {
    region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
  }
}
