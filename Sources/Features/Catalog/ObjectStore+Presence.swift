import Core
import Storage

extension ObjectStore {
  /// Returns the result of `body`, or nil if the object does not exist.
  ///
  /// Throws `unavailable` if the bucket does not exist or the store fails. S3 answers a HEAD request with 404 for a
  /// missing object and for a missing bucket, so this method checks the bucket separately.
  func ifPresent<Value>(
    in bucket: String,
    _ body: () throws(StoreError) -> Value
  ) throws(StorageError) -> Value? {
    do throws(StoreError) {
      return try body()
    } catch {
      guard case .notFound = error else { throw .unavailable(detail: "bucket \(bucket): \(error)") }
    }
    let hasBucket = try StorageError.reaching("bucket \(bucket)") { () throws(StoreError) in try bucketExists(bucket) }
    guard hasBucket else { throw .unavailable(detail: "store: bucket \(bucket) is not there") }
    return nil
  }
}
