import Foundation
import TestSupport

extension AuditCause {
  static let site: [AuditCause] = [
    AuditCause("no Strict-Transport-Security", "nginx.hsts") { system in
      try system.edit("local/http.conf") { $0.replacing(#"default "max-age=31536000";"#, with: #"default "";"#) }
    },
    AuditCause("Strict-Transport-Security for a minute", "nginx.hsts") { system in
      try system.edit("local/http.conf") { $0.replacing("max-age=31536000", with: "max-age=60") }
    },
    AuditCause("no nosniff", "nginx.headers") { system in
      try system.edit("snippets/headers.conf") {
        $0.replacing("add_header X-Content-Type-Options nosniff always;", with: "")
      }
    },
    AuditCause("images that pages may frame", "nginx.headers") { system in
      try system.edit("snippets/image-cache.conf") {
        $0.replacing("; frame-ancestors 'none'", with: "").replacing(
          "add_header X-Frame-Options DENY always;",
          with: ""
        )
      }
    },
    AuditCause("the version of nginx", "nginx.version") { system in
      try system.edit("http/base.conf") { $0.replacing("server_tokens off;", with: "server_tokens on;") }
    },
    AuditCause("nginx answers for any host", "nginx.unknown-host") { system in
      try system.edit("sites/stowage.conf") { $0.replacing("return 421;", with: "return 204;") }
    },
    AuditCause("metrics for every address", "nginx.private-listeners") { system in
      try system.edit("local/listen-metrics.conf") { $0.replacing("127.0.0.1:", with: "0.0.0.0:") }
    },
    AuditCause("events for every address", "nginx.private-listeners") { system in
      try system.edit("local/listen-events.conf") { $0.replacing("127.0.0.1:", with: "0.0.0.0:") }
    },
    site("purging on the public site", "nginx.private-listeners", "include snippets/purge.conf;"),
    setting("STOWAGE_CACHE_NODES", "http://203.0.113.7:8446", "nginx.private-listeners"),
    AuditCause("guarded images without a question", "nginx.guarded-images") { system in
      try system.edit("handlers/authorize.conf") { $0.replacing("auth_request /authorize;", with: "") }
    },
    AuditCause("a cache in front of the API", "nginx.shared-cache") { system in
      try system.edit("snippets/open-api.conf") { $0 + "\nfastcgi_cache image-cache; fastcgi_cache_key $uri;\n" }
    },
    AuditCause("no rate limit for anybody", "nginx.rate-limits") { system in
      try system.edit("local/http.conf") {
        $0.replacing("geo $stowage_limit_exempt { default 0;", with: "geo $stowage_limit_exempt { default 1;")
      }
    },
    AuditCause("no rate limit for a network of strangers", "nginx.rate-limits") { system in
      try system.edit("local/http.conf") {
        $0.replacing(
          "geo $stowage_limit_exempt { default 0;",
          with: "geo $stowage_limit_exempt { default 0; 64.0.0.0/2 1;"
        )
      }
    },
    AuditCause("a route without a rate limit", "nginx.rate-limits") { system in
      try system.edit("handlers/image.conf") { $0.replacing("limit_req zone=images burst=400 nodelay;", with: "") }
    },
    AuditCause("an address that every client names", "nginx.real-ip") { system in
      try system.edit("local/http.conf") { $0 + "\nset_real_ip_from 0.0.0.0/0;\n" }
    },
  ]

  static let access: [AuditCause] = [
    site("a route of the API for nobody", "access.anonymous", "location = /v1/files { return 200; }"),
    site("a header that makes a user", "access.forged-user", #"if ($http_stowage_user != "") { return 200; }"#),
    site(
      "another header that makes a user",
      "access.forged-user",
      #"if ($http_x_forwarded_user != "") { return 200; }"#
    ),
    AuditCause("events with any token", "access.forged-event") { system in
      try system.edit("handlers/events/webhook.conf") { $0.replacing("client_max_body_size 1m;", with: "return 200;") }
    },
    site(
      "a record for every user",
      "access.foreign-file",
      #"if ($uri ~ "^/v1/files/[0-9a-f-]{36}$") { return 200; }"#
    ),
    site(
      "a download for every user",
      "access.foreign-file",
      #"if ($uri ~ "^/v1/files/[0-9a-f-]{36}/download$") { return 200; }"#
    ),
    site(
      "a private image for everybody",
      "access.private-image",
      #"if ($uri ~ "^/images/[^/]+/[0-9a-f-]{36}/") { return 200; }"#
    ),
    site(
      "the API for pages of every origin",
      "access.foreign-origin",
      #"""
      location = /v1/uploads { include snippets/headers.conf; add_header Access-Control-Allow-Origin "*" always;
        return 204; }
      """#
    ),
    AuditCause("the API for pages of an http origin", "access.http-origin") { system in
      let before = system.setting("STOWAGE_CORS_ORIGINS")
      system.set("STOWAGE_CORS_ORIGINS", "\(before),http://app.example.com")
      let environment = system.environment
      try system.change {
        try run("stowage", ["buckets", "apply", "raw"], environment: environment)
      } undo: {
        try run("stowage", ["buckets", "apply", "raw"])
      }
    },
    AuditCause("cookies without attributes", "access.cookie-attributes") { system in
      try system.edit("handlers/authorize.conf") {
        $0.replacing(
          "fastcgi_buffer_size 32k;",
          with: #"add_header Set-Cookie "CloudFront-Policy=any; Path=/; HttpOnly; SameSite=Lax"; return 200;"#
        )
      }
    },
  ]
}
