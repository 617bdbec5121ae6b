/// The way in which the bytes of a download reach a client.
public enum DownloadRoute: String, Sendable, CaseIterable {
  /// The client is redirected to the store, with a URL that is valid for one minute.
  case redirect
  /// nginx fetches the bytes from the store and forwards them, so clients need no access to the store.
  case nginx
}
