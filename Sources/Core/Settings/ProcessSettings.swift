/// The malware scanner.
public enum ScannerSettings: Sendable {
  /// The clamd daemon, by the path of its Unix socket or by `host:port`.
  case clamd(address: String)
  /// No scanner: every file counts as clean.
  case none
}

/// The settings of the decoder process.
public struct DecoderSettings: Sendable {
  /// The path of the decoder program.
  public var path: String
  /// The images that the decoder refuses, and its resource limits (rlimits).
  public var limits: DecoderLimits

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(path: String, limits: DecoderLimits) {
    self.path = path
    self.limits = limits
  }
}

/// The FastCGI settings of a process.
public struct EndpointSettings: Sendable {
  /// The directory of the sockets; each process listens on `{directory}/{process}.sock`.
  public var socketDirectory: String
  /// The file mode of the sockets, which nginx's workers must be able to write to; default: 0660.
  public var socketMode: UInt32
  /// The number of requests served at once; default: 32, so that many quota reservations share one commit.
  public var threads: Int
  /// The time limit of one request on the socket, in seconds; default: 60.
  public var deadlineSeconds: Int

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(socketDirectory: String, socketMode: UInt32, threads: Int, deadlineSeconds: Int) {
    self.socketDirectory = socketDirectory
    self.socketMode = socketMode
    self.threads = threads
    self.deadlineSeconds = deadlineSeconds
  }
}

/// The limits of the `image` process for renderings that a client waits for.
public struct OnDemandSettings: Sendable {
  /// The number of files rendered at once, each by a separate decoder process; default: 4, at most 2 for one user.
  public var files: Int
  /// The total number of pixels of the images that are rendered at once; default: 200 million.
  ///
  /// A larger image is rendered alone. An image of unknown size counts as 50 million pixels, or as 4 pixels for each
  /// byte of a JPEG or WebP if that is more.
  public var pixels: Int

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(files: Int = 4, pixels: Int = 200_000_000) {
    self.files = files
    self.pixels = pixels
  }

  /// The maximum number of files of one user that are rendered at once: half of `files`, rounded up.
  public var share: Int { (files + 1) / 2 }
}

/// The settings of the worker.
public struct WorkerSettings: Sendable {
  /// The number of files processed at once; default: 4, at most 2 for one user.
  public var threads: Int
  /// The interval of the sweep, which finds uploads without a storage event, in seconds; default: 60.
  public var sweepSeconds: Int
  /// The lifetime of a job's lease without renewal, in seconds; default: 120.
  ///
  /// Every deadline of a processing step is shorter than the lease.
  public var leaseSeconds: Int
  /// The time from an image's invalidation to the last purge of the caches, in seconds; default: 45.
  ///
  /// By then nginx has ended every fetch that was under way.
  public var lastPurgeSeconds: Int
  /// True if the worker deletes the files that are due by age once a day; default: false.
  public var cleansUp: Bool
  /// The directory for the local copy of a file during processing; the copy has no name, and vanishes with the process.
  public var temporaryDirectory: String

  /// Creates the settings from values that `Assembly` read from the configuration.
  public init(
    threads: Int,
    sweepSeconds: Int,
    leaseSeconds: Int,
    lastPurgeSeconds: Int = 45,
    cleansUp: Bool = false,
    temporaryDirectory: String
  ) {
    self.threads = threads
    self.sweepSeconds = sweepSeconds
    self.leaseSeconds = leaseSeconds
    self.lastPurgeSeconds = lastPurgeSeconds
    self.cleansUp = cleansUp
    self.temporaryDirectory = temporaryDirectory
  }

  /// The maximum number of threads that process the files of one user at once: half of `threads`, rounded up.
  public var share: Int { (threads + 1) / 2 }
}
