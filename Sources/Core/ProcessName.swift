/// The processes of a node: each is a program of the same name in `Sources/Programs`.
///
/// The doctor, `stowage swap` and the tests read this list. script/lib/processes.bash reads the handlers from the folder
/// nginx/handlers; a test keeps the folder and this list equal.
public enum ProcessName: String, CaseIterable, Sendable {
  case presign
  case files
  case image
  case authorize
  case dashboard
  case webhook
  case worker

  /// How a process gets its work.
  public enum Kind: Sendable {
    /// A FastCGI process that answers requests of the public site.
    case siteHandler
    /// A FastCGI process that answers storage events.
    case eventHandler
    /// A process that takes jobs from the database; several may run on a node.
    case worker
  }

  /// How the process gets its work.
  public var kind: Kind {
    switch self {
    case .presign, .files, .image, .authorize, .dashboard: .siteHandler
    case .webhook: .eventHandler
    case .worker: .worker
    }
  }

  /// The FastCGI processes: one of each listens at `{name}.sock`, and `stowage swap` can replace it.
  public static let handlers = allCases.filter { $0.kind != .worker }
}
