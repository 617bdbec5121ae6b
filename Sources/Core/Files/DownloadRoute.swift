/// By which way the bytes of a download reach a client.
public enum DownloadRoute: String, Sendable, CaseIterable {
  /// The client is sent to the store, by a URL that lives a minute.
  case redirect
  /// nginx fetches them from the store and hands them on, so that clients need not reach the store.
  case nginx
}
