import Core
import Storage

extension ObjectStore {
  /// What `body` gets from `bucket`, or nil where there is no such object; a bucket that is not there is no such case.
  ///
  /// Throws `unavailable` where the store does not answer as it should; HEAD answers 404 for both.
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
