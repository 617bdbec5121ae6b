import Foundation
import S3
import TestSupport
import Testing

/// One thing that is wrong, and the check that must find it.
struct AuditCause: Sendable, CustomTestStringConvertible {
  let name: String
  let check: String
  let make: @Sendable (AuditedSystem) throws -> Void

  var testDescription: String { name }

  init(_ name: String, _ check: String, _ make: @escaping @Sendable (AuditedSystem) throws -> Void) {
    (self.name, self.check, self.make) = (name, check, make)
  }

  /// A setting with a wrong value.
  static func setting(_ name: String, _ value: String, _ check: String) -> AuditCause {
    AuditCause("\(name)=\(value)", check) { $0.set(name, value) }
  }

  /// A rule of the public site's server, which nginx obeys before it chooses a location.
  static func site(_ name: String, _ check: String, _ rule: String) -> AuditCause {
    AuditCause(name, check) { try $0.edit("local/site.conf") { $0 + "\n\(rule)\n" } }
  }

  /// A rule of the server in front of the store.
  static func store(_ name: String, _ check: String, _ rule: String) -> AuditCause {
    AuditCause(name, check) {
      try $0.edit("local/servers.conf") { $0.replacing("  location / {", with: "  \(rule)\n  location / {") }
    }
  }

  /// A statement that a bucket's policy has besides its own.
  static func policy(_ name: String, _ check: String, action: String, principal: String = #""*""#, _ resource: String)
    -> AuditCause
  {
    AuditCause(name, check) { system in
      let bucket = system.setting("STOWAGE_BUCKET_PROCESSED")
      let json = """
        {"Version": "2012-10-17", "Statement": [{"Sid": "Wrong", "Effect": "Allow", "Principal": \(principal),
          "Action": "\(action)", "Resource": "arn:aws:s3:::\(bucket)\(resource)"}]}
        """
      let policy = try JSONValue(json: Array(json.utf8))
      try system.document(.policy, of: bucket) { _ in policy }
    }
  }

  /// A document that is gone.
  static func without(_ kind: DocumentKind, of bucket: String, _ check: String) -> AuditCause {
    AuditCause("no \(kind.rawValue) of the bucket \(bucket)", check) { system in
      try system.document(kind, of: system.setting("STOWAGE_BUCKET_\(bucket)")) { _ in nil }
    }
  }

  static let all = buckets + urls + transport + site + access + files + settings + holes
}

extension AuditCause {
  private static let buckets: [AuditCause] = [
    AuditCause("objects that belong to their writers", "bucket.ownership") { system in
      let json = #"{"Rules": [{"ObjectOwnership": "ObjectWriter"}]}"#
      let document = try JSONValue(json: Array(json.utf8))
      try system.document(.ownership, of: system.setting("STOWAGE_BUCKET_RAW")) { _ in document }
    },
    without(.encryption, of: "PROCESSED", "bucket.encryption"),
    without(.lifecycle, of: "RAW", "bucket.lifecycle"), without(.cors, of: "RAW", "bucket.cors"),
    AuditCause("versions are suspended", "bucket.versioning") { system in
      let suspended = try JSONValue(json: Array(#"{"Status": "Suspended"}"#.utf8))
      try system.document(.versioning, of: system.setting("STOWAGE_BUCKET_RAW")) { _ in suspended }
    },
    AuditCause("CORS for every origin", "bucket.cors-wildcard") { system in
      let rule = try JSONValue(
        json: Array(#"{"ID": "wrong", "AllowedOrigins": ["*"], "AllowedMethods": ["GET", "PUT"]}"#.utf8)
      )
      try system.document(.cors, of: system.setting("STOWAGE_BUCKET_RAW")) { before in
        var rules = before ?? .object([:])
        rules["CORSRules"] = .array((before?["CORSRules"]?.items ?? []) + [rule])
        return rules
      }
    },
    policy("a policy that lets everybody read", "bucket.anonymous-read", action: "s3:GetObject", "/*"),
    policy("a policy that lets everybody list", "bucket.anonymous-list", action: "s3:ListBucket", ""),
    // SeaweedFS 4.48 refuses requests of nobody that write, whatever the policy says; the policy alone is found then.
    store(
      "a store where everybody writes",
      "bucket.anonymous-write",
      #"location ~ "/anonymous-write$" { return 200; }"#
    ),
    store(
      "a store where everybody deletes",
      "bucket.anonymous-write",
      #"location ~ "/anonymous-delete$" { return 204; }"#
    ),
    policy("a policy that lets everybody write", "bucket.anonymous-write", action: "s3:PutObject", "/*"),
    policy("a policy that lets everybody delete", "bucket.anonymous-write", action: "s3:DeleteObject", "/*"),
    policy(
      "a policy with s3:*",
      "bucket.policy-wildcard",
      action: "s3:*",
      principal: #"{"AWS": "arn:aws:iam::123456789012:user/backup"}"#,
      "/*"
    ),
    policy("a policy that lets everybody change it", "bucket.anonymous-write", action: "s3:PutBucketPolicy", ""),
    policy(
      "a policy for a service without a condition",
      "bucket.policy-principals",
      action: "s3:GetObject",
      principal: #"{"Service": "cloudfront.amazonaws.com"}"#,
      "/*"
    ),
    setting("STOWAGE_BUCKET_LOGS", "bucket-that-nobody-made", "bucket.exists"),
  ]

  private static let urls: [AuditCause] = [
    store("a store that takes expired URLs", "url.expired", #"location ~ "/expired$" { return 200; }"#),
    store("a store that checks no key", "url.other-key", #"location ~ "/other-key$" { return 200; }"#),
    store("a store that checks no length", "url.other-length", #"location ~ "/other-length$" { return 200; }"#),
    store("a store that checks no type", "url.other-type", #"location ~ "/other-type$" { return 200; }"#),
    store(
      "a store that obeys unsigned headers",
      "url.unsigned-headers",
      #"location ~ "/x-amz-acl-first$" { return 200; }"#
    ),
    store(
      "a store that answers plain http",
      "url.https",
      "error_page 497 =200 /plain; location = /plain { return 200; }"
    ),
    AuditCause("uploads over plain http", "url.https") { system in
      system.set("STOWAGE_S3_PUBLIC_URL", system.stack.environment["STOWAGE_S3_URL"] ?? "")
    },
  ]

  private static func ciphers(_ name: String, _ check: String, _ more: String, _ protocols: String = "") -> AuditCause {
    AuditCause(name, check) { system in
      try system.edit("http/tls.conf") { text in
        text.replacing("ssl_protocols ", with: "ssl_protocols \(protocols) ")
          .replacing(/ssl_ciphers ([^;]+);/) { "ssl_ciphers \($0.1):\(more):@SECLEVEL=0;" }
      }
    }
  }

  private static let transport: [AuditCause] = [
    ciphers("TLS 1.0", "nginx.tls-version", "ECDHE-ECDSA-AES128-SHA", "TLSv1"),
    ciphers("TLS 1.1", "nginx.tls-version", "ECDHE-ECDSA-AES128-SHA", "TLSv1.1"),
    ciphers("ciphers without authentication", "nginx.tls-ciphers", "AECDH-AES128-SHA"),
    AuditCause("a certificate that ends in five days", "nginx.certificate") { system in
      let (key, certificate) = (system.scratch.file("short.key"), system.scratch.file("short.pem"))
      try run(
        "openssl",
        [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "5", "-subj",
          "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
      )
      try system.edit("http/tls.conf") {
        $0.replacing("tls/server.pem", with: certificate).replacing("tls/server.key", with: key)
      }
      let before = system.environment["STOWAGE_CA"] ?? ""
      try system.change {
        let both =
          try String(contentsOfFile: before, encoding: .utf8) + String(contentsOfFile: certificate, encoding: .utf8)
        try system.scratch.write(Array(both.utf8), to: "both.pem")
        system.environment["STOWAGE_CA"] = system.scratch.file("both.pem")
      } undo: {
        system.environment["STOWAGE_CA"] = before
      }
    },
    AuditCause("answers over plain http", "nginx.plain-http") { system in
      try system.edit("local/site.conf") {
        $0.replacing(
          "error_page 497 =308 https://$host:$server_port$request_uri;",
          with: "error_page 497 =200 /problem/400;"
        )
      }
    },
  ]
}
