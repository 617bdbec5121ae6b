/// A right that an IAM policy grants: an action on a kind of resource.
public struct S3Right: Hashable, Sendable {
  /// The kinds of resources, which decide the ARN that a policy names.
  ///
  /// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
  public enum Resource: String, Sendable {
    /// The bucket: `arn:aws:s3:::name`.
    case bucket
    /// The objects of a bucket: `arn:aws:s3:::name/*`.
    case object
    /// Every resource of the account: `*`.
    case account
  }

  /// The action, such as `s3:GetObject`.
  public let action: String
  /// The kind of resource.
  public let resource: Resource
  /// True if the right is needed in the bucket of a copy's source, and not in the bucket of the request.
  public let isOfSource: Bool

  init(_ action: String, on resource: Resource, isOfSource: Bool = false) {
    (self.action, self.resource, self.isOfSource) = ("s3:" + action, resource, isOfSource)
  }
}
