import Foundation
import S3
import Storage
import TestSupport

/// Holes that no setting shows: what lies in a folder, who may change a file, and what another server serves.
extension AuditCause {
  static let holes: [AuditCause] =
    routes + [
      AuditCause("a rendering of nobody's public file where a CDN reads", "access.private-image") { system in
        let bucket = system.setting("STOWAGE_BUCKET_PROCESSED")
        let key = "images/demo/01920000-0000-7000-8000-000000000000/0123456789ab/thumb.webp"
        try system.change(
          { _ = try system.store.put(.bytes([1]), to: key, in: bucket, options: PutOptions()) },
          undo: { try system.store.delete(key, in: bucket, version: nil) }
        )
      },
      AuditCause("a folder in which everybody can replace the key of the cookies", "keys.cookie-mode") { system in
        let folder = system.scratch.file("open")
        try system.change(
          {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try FileManager.default.copyItem(atPath: system.scratch.file("cookie-key.pem"), toPath: folder + "/key.pem")
          },
          undo: { try FileManager.default.removeItem(atPath: folder) }
        )
        try system.mode(folder, 0o777)
        system.set("STOWAGE_COOKIE_SIGNING_KEY", "development=\(folder)/key.pem")
      },
      AuditCause("a file of nginx that everybody can change", "nginx.file-mode") { system in
        try system.mode(system.scratch.file("nginx/http/limits.conf"), 0o666)
      },
      AuditCause("a folder of nginx in which everybody can replace files", "nginx.file-mode") { system in
        try system.mode(system.scratch.file("nginx/local"), 0o777)
      },
      AuditCause("the site without TLS at another port", "nginx.plain-http") { system in
        let port = try freePorts(1)[0]
        try system.edit("local/servers.conf") {
          $0 + "\nserver { listen 0.0.0.0:\(port); server_name localhost; include snippets/site.conf; }\n"
        }
      },
      AuditCause("a folder without TLS at another port", "nginx.plain-http") { system in
        let port = try freePorts(1)[0]
        try system.edit("local/servers.conf") { $0 + "\nserver { listen 0.0.0.0:\(port); root /nonexistent; }\n" }
      },
      AuditCause("limits that only count", "nginx.rate-limits") { system in
        try system.edit("local/http.conf") { $0 + "\nlimit_req_dry_run on;\n" }
      },
      AuditCause("a header that exempts from the limits", "nginx.rate-limits") { system in
        try system.edit("local/http.conf") {
          $0.replacing("geo $stowage_limit_exempt {", with: "map $http_x_skip $stowage_limit_exempt { yes 1;")
        }
      },
      AuditCause("a pattern of host names", "nginx.unknown-host") { system in
        try system.edit("local/names.conf") { $0 + "\nserver_name \"~^evil\";\n" }
      },
    ]
}
