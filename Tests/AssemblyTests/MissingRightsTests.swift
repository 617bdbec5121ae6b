import Core
import Foundation
import Logging
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Assembly
@testable import S3

@Suite struct MissingRightsTests {
  private final class Lines: Sendable {
    let all = Mutex<[Logger.Metadata]>([])
  }

  private struct Recorder: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.all.withLock { $0.append(event.metadata ?? [:]) } }
  }

  private func denied(_ method: String, _ bucket: String, query: [(name: String, value: String)] = []) throws
    -> DeniedCall
  {
    let call = S3Call(method: method, bucket: bucket, key: "k", query: query)
    return try #require(DeniedCall(call, S3Failure(error: .accessDenied(detail: "403"))))
  }

  @Test func `a missing right is logged once in ten minutes, with its actions and its bucket`() throws {
    let lines = Lines()
    let now = Mutex(ContinuousClock.now)
    let rights = MissingRights(Logger(label: "t") { _ in Recorder(lines: lines) }) { now.withLock { $0 } }
    for _ in 0..<100 { rights.tell(try denied("HEAD", "raw")) }
    rights.tell(try denied("HEAD", "processed"))
    rights.tell(try denied("DELETE", "raw", query: [("versionId", "v")]))
    func logged() -> [String] {
      lines.all.withLock { $0.map { "\($0["operation"] ?? "") \($0["bucket"] ?? "") \($0["actions"] ?? "")" } }
    }
    #expect(
      logged() == [
        "HeadObject raw s3:GetObject,s3:ListBucket", "HeadObject processed s3:GetObject,s3:ListBucket",
        "DeleteObject raw s3:DeleteObjectVersion",
      ]
    )
    now.withLock { $0 += .seconds(601) }
    rights.tell(try denied("HEAD", "raw"))
    #expect(logged().count == 4)
  }
}
