/// The price class of a request to a store.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/aws-usage-report-understand.html>
public enum RequestTier: String, CaseIterable, Sendable {
  /// PUT, COPY, POST and LIST requests: tier 1 at AWS, class A at R2.
  case write
  /// GET, HEAD and all other requests: tier 2 at AWS, class B at R2.
  case read
  /// Requests that delete or abort, which cost nothing.
  case free

  /// Returns the price class of an operation by its name in AWS's documentation, such as `PutObject`.
  ///
  /// The tags of an object cost what the same method costs: `PutObjectTagging` is a PUT, `GetObjectTagging` a GET.
  public init(operation: String) {
    let writing = ["Put", "Copy", "Post", "Create", "Upload", "Complete", "List", "Restore"]
    if operation.hasPrefix("Delete") || operation.hasPrefix("Abort") {
      self = .free
    } else if writing.contains(where: operation.hasPrefix) {
      self = .write
    } else {
      self = .read
    }
  }
}
