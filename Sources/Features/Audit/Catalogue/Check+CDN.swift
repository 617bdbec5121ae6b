/// Mappings: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudfront-controls.html
extension Check {
  static let cdn: [Check] = []
}
