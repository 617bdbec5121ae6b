import Assembly
import Core
import Foundation
import Testing

extension ConfigurationTests {
  @Test func `checksums are signed if the store is known to verify them`() throws {
    for (kind, signs) in [("aws", true), ("minio", true), ("seaweedfs", true), ("r2", true), ("ceph", false)] {
      var environment = Self.minimum.merging(["STOWAGE_STORE": kind, "STOWAGE_S3_URL": "http://s3.example.com"]) { $1 }
      #expect(try Configuration.load(environment: environment).settings.uploads.signsChecksums == signs, "\(kind)")
      environment["STOWAGE_S3_CHECKSUMS"] = signs ? "ignored" : "verified"
      #expect(try Configuration.load(environment: environment).settings.uploads.signsChecksums != signs, "\(kind)")
    }
    #expect(problems(["STOWAGE_S3_CHECKSUMS": "maybe"]).count == 1)
  }

  @Test func `uploads are signed against headers that clients add, unless the store is known to refuse them`() throws {
    for (kind, signsACL, guards) in [
      ("aws", false, false), ("r2", false, false), ("seaweedfs", true, false), ("minio", true, true),
      ("ceph", true, true),
    ] {
      var environment = Self.minimum.merging(["STOWAGE_STORE": kind, "STOWAGE_S3_URL": "http://a.example"]) { $1 }
      let uploads = try Configuration.load(environment: environment).settings.uploads
      #expect(uploads.signsACL == signsACL && uploads.guardsCopies == guards, "\(kind)")
      environment["STOWAGE_S3_UPLOAD_ACL"] = signsACL ? "none" : "private"
      environment["STOWAGE_S3_UNSIGNED_HEADERS"] = guards ? "refused" : "obeyed"
      let changed = try Configuration.load(environment: environment).settings.uploads
      #expect(changed.signsACL != signsACL && changed.guardsCopies != guards, "\(kind)")
    }
    #expect(problems(["STOWAGE_S3_UPLOAD_ACL": "public-read"]).count == 1)
    #expect(problems(["STOWAGE_S3_UNSIGNED_HEADERS": "maybe"]).count == 1)
  }

  @Test func `separate write-only keys turn the guard against copies off, and both are set or neither`() throws {
    let ceph = ["STOWAGE_STORE": "ceph", "STOWAGE_S3_URL": "http://a.example"]
    let keys = ["STOWAGE_S3_UPLOAD_ACCESS_KEY": "put", "STOWAGE_S3_UPLOAD_SECRET_KEY": "very-secret"]
    let environment = Self.minimum.merging(ceph) { $1 }.merging(keys) { $1 }
    let configuration = try Configuration.load(environment: environment)
    #expect(!configuration.settings.uploads.guardsCopies && configuration.settings.uploads.signsACL)
    #expect(configuration.settings.store.uploadKeys?.accessKey == "put")
    for (name, value) in keys {
      let found = problems([name: value])
      #expect(found.count == 1 && keys.keys.allSatisfy { found[0].contains($0) } && !found[0].contains("very-secret"))
    }
  }

  @Test func `the store's keys are both set or neither, and a token needs them`() throws {
    let names = ["STOWAGE_S3_ACCESS_KEY", "STOWAGE_S3_SECRET_KEY", "STOWAGE_S3_SESSION_TOKEN"]
    func keys(_ values: [String]) throws -> StoreSettings.AccessKeys? {
      let changes = Dictionary(zip(names, values)) { $1 }
      return try Configuration.load(environment: Self.minimum.merging(changes) { $1 }).settings.store.keys
    }
    #expect(try keys(["key", "s", "t"])?.sessionToken == Secret("t"))
    #expect(try keys(["key", "s", ""])?.accessKey == "key")
    #expect(try keys(["", "", ""]) == nil && keys(["none", "none", "none"]) == nil)
    #expect(problems([names[0]: ""]).count == 1 && problems([names[1]: ""]).count == 1)
    let alone = problems([names[0]: "", names[1]: "", names[2]: "very-secret-token"])
    #expect(alone.count == 1 && alone[0].hasPrefix(names[2]) && !alone[0].contains("very-secret"))
  }

  @Test func `the variables of AWS are kept for providers, and no form of the settings shows them`() throws {
    let variables = ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "very-secret-key", "HOME": "/home/ann"]
    let without = ["STOWAGE_S3_ACCESS_KEY": "", "STOWAGE_S3_SECRET_KEY": "", "PATH": "/bin"]
    let environment = Self.minimum.merging(without) { $1 }.merging(variables) { $1 }
    let configuration = try Configuration.load(environment: environment)
    #expect(configuration.settings.store.providerVariables.mapValues(\.revealed) == variables)
    var dumped = ""
    dump(configuration, to: &dumped)
    for text in [dumped, "\(configuration)", String(reflecting: configuration.settings), "\(configuration.entries)"] {
      #expect(!text.contains("very-secret-key"))
    }
  }

  @Test func `the file of capabilities is an absolute path, or none`() throws {
    func path(_ value: String) throws -> String? {
      let changes = ["STOWAGE_STORE_CAPABILITIES": value]
      return try Configuration.load(environment: Self.minimum.merging(changes) { $1 }).settings.store.capabilities
    }
    #expect(try path("none") == nil && path("/etc/stowage/store.json") == "/etc/stowage/store.json")
    #expect(problems(["STOWAGE_STORE_CAPABILITIES": "store.json"]).count == 1)
  }
}
