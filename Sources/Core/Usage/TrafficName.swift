/// The subject of a number in the traffic of a day; the raw values are in the database.
public enum TrafficName: String, CaseIterable, Sendable {
  /// The requests that the processes sent to the store and that it answered below 500, by S3 operation (measured).
  ///
  /// A request that the store answered with 5xx, or that did not reach the store, is not charged and not counted.
  case storeRequests = "store_requests"
  /// The requests that browsers sent to the store for uploads, by S3 operation (derived).
  ///
  /// An upload in one piece is one PutObject; an upload in parts is as many UploadPart as its size has parts. Parts that a
  /// browser sent twice are not known.
  case browserRequests = "browser_requests"
  /// The uploads and files of a migration that became ready (measured).
  case filesReady = "files_ready"
  /// The bytes of the files of `filesReady` (measured).
  case filesReadyBytes = "files_ready_bytes"
  /// The files that the checks refused, by `RejectionReason` (measured).
  case rejections
  /// The claims for uploads that were refused, by the code of the problem (measured).
  case claimsRefused = "claims_refused"
  /// The bytes of the answers of processes: `image` for images that nginx did not have in its cache (measured), and
  /// `download` for the whole length of each download that began (derived: a client can break it off or ask for a range).
  case servedBytes = "served_bytes"
  /// The downloads that began, by route: `nginx` or `store` (measured).
  case downloads
  /// The requests in nginx's log, by result of its cache: `hit`, `miss` and so on, or `none` (measured).
  case nginxRequests = "nginx_requests"
  /// The bytes of bodies that nginx sent, by kind: `image`, `download`, `other` (measured).
  case nginxBytes = "nginx_bytes"
  /// The number of scans, of decoded files and of jobs (measured), by `scan`, `decode` and `job`.
  case work
  /// The time of the work, in milliseconds, by the same labels (measured).
  case workMilliseconds = "work_ms"
}
