public import Core
public import CredentialProviders
public import Database
public import Decoding
public import Foundation
public import S3
public import Scanning
public import Storage
public import Tokens

/// The result of one check.
public struct Finding: Sendable {
  /// The severity of a finding.
  public enum Status: String, Sendable {
    /// The checked component works as intended.
    case good
    /// The component works, but an administrator should check its settings.
    case warning
    /// The component does not work.
    case bad
  }
  /// The checked component.
  public let part: String
  /// The severity.
  public let status: Status
  /// The observation, in words.
  public let text: String
  /// The remedy, in words; nil if no action is needed.
  public let advice: String?

  static func good(_ part: String, _ text: String) -> Finding {
    Finding(part: part, status: .good, text: text, advice: nil)
  }
  static func warning(_ part: String, _ text: String, _ advice: String) -> Finding {
    Finding(part: part, status: .warning, text: text, advice: advice)
  }
  static func bad(_ part: String, _ text: String, _ advice: String) -> Finding {
    Finding(part: part, status: .bad, text: text, advice: advice)
  }
}

/// The components that a doctor checks.
///
/// Each is created only when it is checked, because its creation can fail.
public struct Patient {
  var settings: Settings
  var database: () throws(StorageError) -> FileDatabase
  var credentials: () throws(StorageError) -> CredentialStatus?
  var store: () throws(StorageError) -> any ObjectStore
  var uploadSigner: (() throws(StorageError) -> S3Store)?
  var tokenKeys: () throws(StorageError) -> KeyStatus
  var scanner: () throws(StorageError) -> any MalwareScanner
  var decoders: DecoderPool
  var certificateAuthority: String?
  var isWorkerRunning: () -> Bool

  /// Components as `Assembly` creates them.
  ///
  /// `credentials` returns nil if the settings contain the keys of the store. If `uploadSigner` is nil, no trial upload is made. `certificateAuthority` is a PEM file that replaces the system's
  /// authorities for checks of the site.
  public init(
    settings: Settings,
    database: @escaping () throws(StorageError) -> FileDatabase,
    credentials: @escaping () throws(StorageError) -> CredentialStatus? = { () throws(StorageError) in nil },
    store: @escaping () throws(StorageError) -> any ObjectStore,
    uploadSigner: (() throws(StorageError) -> S3Store)? = nil,
    tokenKeys: @escaping () throws(StorageError) -> KeyStatus,
    scanner: @escaping () throws(StorageError) -> any MalwareScanner,
    decoders: DecoderPool,
    certificateAuthority: String? = nil,
    isWorkerRunning: @escaping () -> Bool
  ) {
    self.settings = settings
    self.database = database
    self.credentials = credentials
    self.store = store
    self.uploadSigner = uploadSigner
    self.tokenKeys = tokenKeys
    self.scanner = scanner
    self.decoders = decoders
    self.certificateAuthority = certificateAuthority
    self.isWorkerRunning = isWorkerRunning
  }
}

/// Checks every component of a node, and reports each problem with its remedy.
public struct Doctor {
  let patient: Patient

  /// The age of a due job, in seconds, from which workers count as too slow.
  static let patience: TimeInterval = 60

  /// A doctor for these components.
  public init(_ patient: Patient) { self.patient = patient }

  /// Runs all checks, and reports each finding at once.
  public func examine(at now: Date, report: (Finding) -> Void) {
    report(.good("version", "stowage \(Version.current)"))
    report(environment())
    report(identity(at: now))
    cookieKeys().forEach(report)
    database(at: now).forEach(report)
    credentials(at: now).forEach(report)
    store(at: now).forEach(report)
    uploads(at: now).forEach(report)
    report(scanner())
    report(decoder())
    report(privateFiles())
    ProcessName.handlers.map(process).forEach(report)
    report(worker())
    report(site())
    report(strangers())
    oldFolder().forEach(report)
    patient.settings.cacheNodes.map(cache).forEach(report)
  }

  private func environment() -> Finding {
    switch patient.settings.environment {
    case .production: .good("environment", "production")
    case .development:
      .warning("environment", "development", "Set STOWAGE_ENVIRONMENT=production where strangers can reach it.")
    }
  }

  private func scanner() -> Finding {
    guard case .clamd(let address) = patient.settings.scanner else {
      return .warning("scanner", "none: nothing is scanned", "Set STOWAGE_SCANNER=clamd and install clamav-daemon.")
    }
    do {
      return .good("scanner", try patient.scanner().version())
    } catch {
      return .bad(
        "scanner",
        "clamd at \(address): \(error)",
        "Start clamd, or correct STOWAGE_CLAMD_SOCKET. Until it answers, uploads wait; none is lost."
      )
    }
  }

  private func decoder() -> Finding {
    do throws(DecodeError) {
      let test = try patient.decoders.selfTest()
      guard test.isConfined else {
        return .bad(
          "decoder",
          "the sandbox failed its self-test: \(test.words)",
          "Do not run it: this kernel does not confine the decoder."
        )
      }
      return .good("decoder", "confined: \(test.denied.filter(\.value).keys.sorted().joined(separator: ", ")) denied")
    } catch {
      return .bad(
        "decoder",
        "\(patient.settings.decoder.path): \(error)",
        "Correct STOWAGE_DECODER; the kernel must support seccomp. Run `decoder self-test` to see for yourself."
      )
    }
  }
}

extension DecoderSelfTest {
  /// Each thing that was tried and how it went, such as `execve denied`.
  fileprivate var words: String {
    denied.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value ? "denied" : "allowed")" }.joined(separator: ", ")
  }
}

extension StorageError {
  /// The description of the error for an administrator.
  var words: String {
    switch self {
    case .unavailable(let detail), .unexpected(let detail): detail
    default: "\(self)"
    }
  }
}
