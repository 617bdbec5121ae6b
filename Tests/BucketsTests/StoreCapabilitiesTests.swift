import Core
import Foundation
import S3
import TestSupport
import Testing

@testable import Buckets

/// The file with a store's capabilities, and its effect on the documents.
@Suite struct StoreCapabilitiesTests {
  private static let url = "http://store.example.com"

  private func capabilities(cannot: [StoreCapability]) -> StoreCapabilities {
    let results = StoreCapability.allCases.map { ProbeResult($0, cannot.contains($0) ? .cannot : .can, "answer") }
    return StoreCapabilities(store: Self.url, results: results)
  }

  /// Reads a file with this text as the settings name it.
  private func read(_ text: String?, url: String = url) throws -> StoreCapabilities? {
    let folder = try ScratchFolder()
    defer { withExtendedLifetime(folder) {} }
    let path = folder.file("store.json")
    if let text { _ = try folder.write(Array(text.utf8), to: "store.json") }
    var settings = try BucketFixture(at: url).settings.store
    settings.capabilities = path
    return try StoreCapabilities.read(settings)
  }

  @Test func `a written file is read with the same states`() throws {
    let written = capabilities(cannot: [.logging, .lifecycleMoves])
    let read = try #require(try read(written.json(at: .now)))
    #expect(read.results.map(\.state) == written.results.map(\.state) && read[.logging] == .cannot)
    #expect(try StoreCapabilities.read(try BucketFixture().settings.store) == nil, "no file is set")
  }

  /// Programs parse this document, so a change here is a change of the interface.
  @Test func `the document has exactly these members`() throws {
    let results = [ProbeResult(.objects, .can, "yes"), ProbeResult(.multipart, .cannot, #"501 "no""#)]
    let found = StoreCapabilities(store: Self.url, results: results, leftBehind: ["bucket a: 403"])
    let text = try found.json(at: Date(timeIntervalSince1970: 0))
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined()
    #expect(
      lines
        == #"{"capabilities" : [{"answer" : "yes","instead" : null,"name" : "objects","state" : "can","#
        + #""what" : "\#(StoreCapability.objects.summary)"},"#
        + #"{"answer" : "501 \"no\"","instead" : "\#(StoreCapability.multipart.instead)","name" : "multipart","#
        + #""state" : "cannot","what" : "\#(StoreCapability.multipart.summary)"}],"format" : 1,"#
        + #""leftBehind" : ["bucket a: 403"],"mustNotRun" : ["\#(StoreCapability.multipart.danger ?? "")"],"#
        + #""probedAt" : "1970-01-01T00:00:00Z","store" : "\#(Self.url)","version" : "\#(Version.current)"}"#
    )
  }

  @Test func `a capability that the file does not name is unknown`() throws {
    let text = #"{"format":1,"store":"\#(Self.url)","capabilities":[{"name":"logging","state":"cannot"}]}"#
    let read = try #require(try read(text))
    #expect(read[.logging] == .cannot && read[.policy] == .unknown)
  }

  @Test(arguments: [
    (nil, "cannot be read"), ("", "is empty"), ("{", "is not what"), ("[]", "is not what"),
    (#"{"format":1,"store":"U","capabilities":[]}"#, "has no capabilities"),
    (#"{"format":2,"store":"U","capabilities":[{"name":"logging","state":"can"}]}"#, "has format 2"),
    (#"{"format":1,"store":"http://b","capabilities":[{"name":"logging","state":"can"}]}"#, "about the store http://b"),
    (#"{"format":1,"store":"U","capabilities":[{"name":"flying","state":"can"}]}"#, "unknown 'flying'"),
    (#"{"format":1,"store":"U","capabilities":[{"name":"logging","state":"yes"}]}"#, "logging is 'yes'"),
    (
      #"{"format":1,"store":"U","capabilities":[{"name":"tags","state":"can"},{"name":"tags","state":"can"}]}"#,
      "tags is there twice"
    ), ("large", "more than 1048576 bytes"),
  ])
  func `a wrong file is refused with what to do`(text: String?, reason: String) throws {
    #expect {
      let filled = text?.replacing(#""U""#, with: "\"\(Self.url)\"")
      _ = try read(filled == "large" ? String(repeating: " ", count: 1 << 20) + "{}" : filled)
    } throws: { error in
      guard case .invalidRequest(let words)? = error as? StorageError else { return false }
      return words.hasPrefix("STOWAGE_STORE_CAPABILITIES: /") && words.contains(reason)
        && words.contains("`stowage doctor --store --json > /")
    }
  }

  @Test func `rules that a store cannot have are left out, each with a line`() throws {
    let fixture = try BucketFixture(at: "https://store.example.com")
    let raw = try #require(try fixture.documents().first { $0.role == .raw })
    func possible(_ kind: DocumentKind, _ cannot: [StoreCapability]) throws -> (names: [String], notes: [String]) {
      let limits = StoreLimits(fixture.settings.store, capabilities(cannot: cannot))
      let (document, notes) = limits.possible(kind, try #require(raw.documents[kind]))
      let rules = document?["Rules"]?.items ?? document?["Statement"]?.items ?? []
      return (rules.compactMap { $0["ID"]?.string ?? $0["Sid"]?.string }, notes.map(\.rule))
    }
    let all = [
      "stowage-infrequent-access", "stowage-standard-users", "stowage-old-versions", "stowage-expired-markers",
      "stowage-abandoned-parts",
    ]
    #expect(try possible(.lifecycle, []) == (all, []))
    for (capability, name) in [
      (StoreCapability.lifecycleMoves, all[0]), (.lifecycleTag, all[1]), (.lifecycleAge, all[1]),
      (.lifecycleOldVersions, all[2]), (.lifecycleMarkers, all[3]), (.lifecycleParts, all[4]),
    ] {
      #expect(try possible(.lifecycle, [capability]) == (all.filter { $0 != name }, [name]), "\(capability)")
    }
    #expect(try possible(.lifecycle, [.lifecycleMinimumSize]) == (all, ["TransitionDefaultMinimumObjectSize"]))
    #expect(try possible(.policy, []) == (["StowageTLSOnly"], []))
    #expect(try possible(.policy, [.policyTLS]) == ([], ["StowageTLSOnly"]))
  }

  @Test func `documents that a store cannot have are not sent, and a probe corrects what is known of a kind`() throws {
    var settings = try BucketFixture().settings.store
    settings.kind = .ceph
    let nothing = StoreLimits(settings)
    #expect(nothing.lacks(.logging) && !nothing.lacks(.ownership))
    let probed = StoreLimits(settings, capabilities(cannot: [.ownership, .policy, .cors]))
    #expect(!probed.lacks(.logging) && probed.lacks(.ownership) && probed.lacks(.policy))
    #expect(!probed.lacks(.cors), "preflights tell if the store allows the pages by itself")
    settings.kind = .seaweedfs
    let rules = try json(
      #"{"Rules":[{"ID":"a","Status":"Enabled","Transitions":[{"Days":30,"StorageClass":"COLD"}]}]}"#
    )
    #expect(StoreLimits(settings).possible(.lifecycle, rules).0 == nil)
    #expect(StoreLimits(settings, capabilities(cannot: [])).possible(.lifecycle, rules).0 == rules)
  }
}
