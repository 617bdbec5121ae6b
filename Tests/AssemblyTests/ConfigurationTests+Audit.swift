import Core
import Testing

@testable import Assembly

extension ConfigurationTests {
  @Test func `the files of the audit are absolute paths, and none means none`() throws {
    func settings(_ changes: [String: String] = [:]) throws -> Settings {
      try Configuration.load(environment: Self.minimum.merging(changes) { $1 }).settings
    }
    #expect(try settings().audit == AuditSettings(nginxFile: "/etc/stowage/nginx/nginx.conf"))
    #expect(try settings().nginxLog == nil)
    #expect(try settings(["STOWAGE_NGINX_LOG": "/var/log/nginx/access.log"]).nginxLog == "/var/log/nginx/access.log")
    #expect(problems(["STOWAGE_NGINX_LOG": "access.log"]).count == 1)
    let set = ["STOWAGE_NGINX_FILE": "none", "STOWAGE_AUDIT_MUTES": "/etc/stowage/audit-mutes.json"]
    #expect(try settings(set).audit == AuditSettings(mutesFile: "/etc/stowage/audit-mutes.json"))
    for name in set.keys {
      #expect(problems([name: "relative.conf"]).count == 1, "\(name)")
    }
  }
}
