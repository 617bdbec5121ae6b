import Foundation
import S3
import TestSupport

/// Routes of nginx that lead where no stranger may get, though each of them looks harmless.
extension AuditCause {
  private static func port(of file: String, _ system: AuditedSystem) throws -> String {
    let text = try String(contentsOfFile: system.scratch.file("nginx/local/\(file).conf"), encoding: .utf8)
    return text.filter(\.isNumber).replacing("127001", with: "")
  }

  private static func passage(_ name: String, to file: String, _ path: String) -> AuditCause {
    AuditCause(name, "nginx.private-listeners") { system in
      let port = try port(of: file, system)
      try system.edit("local/site.conf") {
        $0 + "\nlocation /m/ { limit_req zone=images burst=400; include snippets/headers.conf;"
          + " proxy_pass http://127.0.0.1:\(port)\(path); }\n"
      }
    }
  }

  static let routes: [AuditCause] = [
    passage("metrics behind a path of the site", to: "listen-metrics", "/"),
    passage("events behind a path of the site", to: "listen-events", "/events/"),
    AuditCause("one permission for everybody", "nginx.guarded-images") { system in
      try system.edit("handlers/authorize.conf") {
        $0.replacing(
          #"fastcgi_cache_key "$remote_addr;$stowage_cookies;$stowage_path";"#,
          with: "fastcgi_cache_key $stowage_path;"
        )
      }
    },
    AuditCause("a query that asks for another image", "nginx.guarded-images") { system in
      try system.edit("handlers/image.conf") {
        $0.replacing(
          "set $stowage_path $uri;",
          with: "set $stowage_path $uri; if ($arg_p) { set $stowage_path /private/demo/$arg_p; }"
        )
      }
    },
    site(
      "a location that drops the headers",
      "nginx.headers",
      "location = /v1/audit-page { add_header X-Page audit; return 204; }"
    ),
    AuditCause("refusals for pages of every origin", "access.foreign-origin") { system in
      try system.edit("local/http.conf") {
        $0.replacing(
          "map $http_origin $stowage_page_origin {\n  default \"\";",
          with: "map $http_origin $stowage_page_origin {\n  default $http_origin;"
        )
      }
    },
    AuditCause("a folder with the settings", "nginx.exposed-files") { system in
      try system.edit("local/site.conf") {
        $0 + "\nlocation /audit-files { include snippets/headers.conf; alias \(system.scratch.path)/; }\n"
      }
    },
    AuditCause("the folder of nginx itself", "nginx.exposed-files") { system in
      try system.edit("local/site.conf") { $0 + "\nlocation ~ ^/x/ { include snippets/headers.conf; root .; }\n" }
    },
    AuditCause("a log with tokens", "nginx.log-secrets") { system in
      try system.edit("http/log.conf") { $0 + "\nlog_format wrong '$remote_addr ${http_authorization}';\n" }
    },
    AuditCause("a log with queries", "nginx.log-secrets") { system in
      try system.edit("http/log.conf") { $0 + "\nlog_format wrong '$remote_addr \"$request\"';\n" }
    },
    AuditCause("a CORS rule for a foreign page", "bucket.cors-wildcard") { system in
      let rule = try JSONValue(
        json: Array(#"{"CORSRules": [{"AllowedOrigins": ["https://evil.example"], "AllowedMethods": ["GET"]}]}"#.utf8)
      )
      try system.document(.cors, of: system.setting("STOWAGE_BUCKET_PROCESSED")) { _ in rule }
    },
    AuditCause("a folder further up in which everybody can replace the next one", "keys.cookie-mode") { system in
      let folder = system.scratch.file("further")
      try system.change(
        {
          try FileManager.default.createDirectory(atPath: folder + "/keys", withIntermediateDirectories: true)
          try FileManager.default.copyItem(
            atPath: system.scratch.file("cookie-key.pem"),
            toPath: folder + "/keys/key.pem"
          )
        },
        undo: { try FileManager.default.removeItem(atPath: folder) }
      )
      try system.mode(folder, 0o777)
      system.set("STOWAGE_COOKIE_SIGNING_KEY", "development=\(folder)/keys/key.pem")
    },
    AuditCause("a link to a link that everybody can replace", "keys.cookie-mode") { system in
      let folder = system.scratch.file("links")
      try system.change(
        {
          let files = FileManager.default
          try files.createDirectory(atPath: folder + "/open", withIntermediateDirectories: true)
          try files.createSymbolicLink(
            atPath: folder + "/open/second",
            withDestinationPath: system.scratch.file("cookie-key.pem")
          )
          try files.createSymbolicLink(atPath: folder + "/first", withDestinationPath: "open/second")
        },
        undo: { try FileManager.default.removeItem(atPath: folder) }
      )
      try system.mode(folder + "/open", 0o777)
      system.set("STOWAGE_COOKIE_SIGNING_KEY", "development=\(folder)/first")
    },
  ]
}
