import Core
import Foundation

extension Examination {
  /// Looks at the origins and at the names in tokens.
  static let originSettings = Examination(checks: [.originHTTP, .tokenAudience]) { ground in
    let settings = ground.settings
    let plain = settings.corsOrigins.filter { origin in
      origin.hasPrefix("http://") && !(settings.environment == .development && isLocal(origin))
    }
    let tokens = settings.tokens
    let missing = [
      tokens.issuer == nil ? "STOWAGE_TOKEN_ISSUER" : nil, tokens.audience == nil ? "STOWAGE_TOKEN_AUDIENCE" : nil,
    ].compactMap { $0 }
    let audience: Observation =
      tokens.identity == .nginx
      ? .pass("nginx tells who asks; tokens count for nothing")
      : missing.isEmpty ? .pass("issuer and audience are set") : .fail("\(missing.joined(separator: " and ")) is none")
    return [
      Check.originHTTP.found(
        at: "STOWAGE_CORS_ORIGINS",
        plain.isEmpty ? .pass("no origin is plain http") : .fail(plain.joined(separator: ", "))
      ),
      Check.tokenAudience.found(at: "STOWAGE_TOKEN_AUDIENCE", audience),
    ]
  }

  private static func isLocal(_ origin: String) -> Bool {
    ["http://localhost", "http://127.0.0.1", "http://[::1]"].contains { origin == $0 || origin.hasPrefix($0 + ":") }
  }

  /// Looks at single settings.
  static let plainSettings = Examination(checks: [.environment, .logLevel, .oldFolder, .activeContent]) { ground in
    let settings = ground.settings
    let folder = settings.oldURLs.folder
    return [
      Check.environment.found(
        at: "STOWAGE_ENVIRONMENT",
        settings.environment == .production ? .pass("production") : .fail("development")
      ),
      Check.logLevel.found(
        at: "STOWAGE_LOG_LEVEL",
        [.trace, .debug].contains(settings.logLevel)
          ? .fail(settings.logLevel.rawValue) : .pass(settings.logLevel.rawValue)
      ),
      Check.oldFolder.found(
        at: "STOWAGE_OLD_URLS_FOLDER",
        folder.map { .fail("files of \($0) are sent unscanned") } ?? .pass("none")
      ),
      Check.activeContent.found(
        at: "STOWAGE_UPLOAD_ACTIVE_CONTENT",
        settings.uploads.activeContent == .refuse
          ? .pass("refuse") : .fail("documents with active content are accepted")
      ),
    ]
  }
}
