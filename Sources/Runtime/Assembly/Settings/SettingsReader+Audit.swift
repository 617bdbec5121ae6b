import Core

extension SettingsReader {
  mutating func auditSettings() -> AuditSettings {
    func absolute(_ path: String) -> String? { path.hasPrefix("/") ? path : nil }
    let nginx = value("STOWAGE_NGINX_FILE", "an absolute path, or none", fallback: "/etc/stowage/nginx/nginx.conf") {
      text -> String?? in text == "none" ? .some(nil) : absolute(text).map { .some($0) }
    }
    return AuditSettings(
      nginxFile: nginx ?? nil,
      mutesFile: optional("STOWAGE_AUDIT_MUTES", "an absolute path, or none", parse: absolute),
      attachedPolicies: optional("STOWAGE_ATTACHED_POLICIES", "an absolute path, or none", parse: absolute),
      iamDocuments: optional("STOWAGE_IAM_DOCUMENTS", "an absolute path, or none", parse: absolute)
    )
  }
}
