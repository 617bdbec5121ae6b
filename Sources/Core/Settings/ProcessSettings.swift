/// What scans for malware.
public enum ScannerSettings: Sendable {
  /// clamd: the path of its Unix socket, or `host:port`.
  case clamd(address: String)
  /// Nothing: every file counts as clean.
  case none
}

/// The decoder child.
public struct DecoderSettings: Sendable {
  /// The program.
  public var path: String
  /// What it refuses, and what the system takes from it.
  public var limits: DecoderLimits

  /// All of it; `Assembly` reads it from the configuration.
  public init(path: String, limits: DecoderLimits) {
    self.path = path
    self.limits = limits
  }
}

/// The FastCGI side of a process.
public struct EndpointSettings: Sendable {
  /// Each process listens on `{directory}/{process}.sock`.
  public var socketDirectory: String
  /// The sockets' mode: nginx's workers need to write to them; default 0660.
  public var socketMode: UInt32
  /// Requests served at once; default 32, so that many reservations share a commit.
  public var threads: Int
  /// How long one request may take on the socket, in seconds; default 60.
  public var deadlineSeconds: Int

  /// All of it; `Assembly` reads it from the configuration.
  public init(socketDirectory: String, socketMode: UInt32, threads: Int, deadlineSeconds: Int) {
    self.socketDirectory = socketDirectory
    self.socketMode = socketMode
    self.threads = threads
    self.deadlineSeconds = deadlineSeconds
  }
}

/// What `image` makes while somebody waits for it.
public struct OnDemandSettings: Sendable {
  /// Files that are worked on at once, each by a decoder of its own; default 4, of which one user has two.
  public var files: Int
  /// Pixels of the images that are worked on at once; an image whose size is not known counts as the largest allowed.
  ///
  /// Default 200 million.
  public var pixels: Int

  /// All of it; `Assembly` reads it from the configuration.
  public init(files: Int = 4, pixels: Int = 200_000_000) {
    self.files = files
    self.pixels = pixels
  }

  /// How many of the files that are worked on at once may be one user's: half, rounded up.
  public var share: Int { (files + 1) / 2 }
}

/// The worker.
public struct WorkerSettings: Sendable {
  /// Files processed at once; default 4, of which one user has two.
  public var threads: Int
  /// How often the sweep looks for what events never told, in seconds; default 60.
  public var sweepSeconds: Int
  /// How long a lease lives unless renewed, in seconds; every deadline of a step is shorter.
  ///
  /// Default 120.
  public var leaseSeconds: Int
  /// Where a file lies while it is judged: nameless there, and gone when the process is.
  public var temporaryDirectory: String

  /// All of it; `Assembly` reads it from the configuration.
  public init(threads: Int, sweepSeconds: Int, leaseSeconds: Int, temporaryDirectory: String) {
    self.threads = threads
    self.sweepSeconds = sweepSeconds
    self.leaseSeconds = leaseSeconds
    self.temporaryDirectory = temporaryDirectory
  }

  /// How many of the threads may work on one user's files at a time: half, rounded up.
  public var share: Int { (threads + 1) / 2 }
}
