import Foundation
import TestSupport

extension AuditCause {
  private static func open(_ name: String, _ check: String, _ path: @escaping @Sendable (AuditedSystem) -> String)
    -> AuditCause
  {
    AuditCause("\(name) for everybody", check) { try $0.mode(path($0), 0o644) }
  }

  private static func old(_ name: String, _ check: String, days: Double, _ file: String) -> AuditCause {
    AuditCause("\(name) of \(Int(days)) days", check) { try $0.age($0.scratch.file(file), days: days) }
  }

  static let files: [AuditCause] = [
    open("token keys", "keys.token-mode") { $0.scratch.file("token-key.json") },
    open("the key of cookies", "keys.cookie-mode") { $0.scratch.file("cookie-key.pem") },
    open("the key of the certificate", "keys.tls-mode") { $0.scratch.file("nginx/tls/server.key") },
    open("the settings", "keys.settings-mode") { $0.scratch.file("stowage.env") },
    open("the database", "database.mode") { String($0.setting("STOWAGE_DATABASE_URL").dropFirst("sqlite:".count)) },
    AuditCause("a socket for everybody", "process.socket-mode") { system in
      let socket = "\(system.setting("STOWAGE_SOCKET_DIRECTORY"))/files.sock"
      try system.mode(socket, 0o666)
      // A socket in a closed folder is out of reach, whatever its mode.
      var folder = URL(filePath: socket).deletingLastPathComponent()
      while folder.path != "/" {
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int ?? 0
        if mode & 0o001 == 0 { try system.mode(folder.path, mode_t(mode | 0o001)) }
        folder.deleteLastPathComponent()
      }
    },
    old("token keys", "keys.token-age", days: 400, "token-key.json"),
    old("a key of cookies", "keys.cookie-age", days: 400, "cookie-key.pem"),
    old("secrets", "keys.secrets-age", days: 100, "stowage.env"),
    AuditCause("a secret of one letter", "keys.token-strength") { system in
      let secret = TokenForge.base64url(Data(repeating: 0x61, count: 32))
      try system.write(#"{"kty":"oct","alg":"HS256","k":"\#(secret)"}"#, to: "token-key.json")
    },
    AuditCause("a private key among the token keys", "keys.token-private") { system in
      let number = TokenForge.base64url(Data((0..<32).map { UInt8($0) }))
      try system.write(
        #"{"keys":[{"kty":"EC","crv":"P-256","x":"\#(number)","y":"\#(number)","d":"\#(number)"}]}"#,
        to: "token-key.json"
      )
    },
    AuditCause("a token of events that is the store's key", "keys.shared") { system in
      system.set("STOWAGE_EVENTS_TOKEN", system.setting("STOWAGE_S3_SECRET_KEY"))
    },
    setting("STOWAGE_EVENTS_TOKEN", "k3v9x0q7m2w8r5t1", "keys.events-token"),
    setting("STOWAGE_SCANNER", "none", "scanner.off"),
    AuditCause("signatures of eight days", "scanner.signatures-age") { system in
      try system.change {
        system.clamd.answer(version: ScriptedClamd.version(at: .now - 8 * 86_400))
      } undo: {
        system.clamd.answer(version: ScriptedClamd.version(at: .now))
      }
    },
    AuditCause("a scanner that finds nothing", "scanner.detects") { system in
      try system.change {
        system.clamd.answer(verdict: "stream: OK")
      } undo: {
        system.clamd.answer(verdict: "stream: Eicar-Test-Signature FOUND")
      }
    },
  ]

  static let settings: [AuditCause] = [
    setting("STOWAGE_ENVIRONMENT", "development", "settings.environment"),
    setting("STOWAGE_LOG_LEVEL", "debug", "settings.log-level"),
    setting("STOWAGE_OLD_URLS_FOLDER", "/srv/uploads", "settings.old-folder"),
    setting("STOWAGE_UPLOAD_ACTIVE_CONTENT", "mark", "settings.active-content"),
    setting("STOWAGE_COOKIE_HASH", "sha1", "access.cookie-hash"),
    setting("STOWAGE_COOKIE_SECONDS", "604800", "access.cookie-lifetime"),
    setting("STOWAGE_TOKEN_COOKIE", "stowage_token", "access.token-cookie"),
    setting("STOWAGE_TOKEN_AUDIENCE", "none", "access.token-audience"),
    setting("STOWAGE_TOKEN_ISSUER", "none", "access.token-audience"),
  ]
}
