import Storage
import TestSupport
import Testing

@Suite struct `A server from the environment` {
  @Test(.enabled(if: RealStore.isGiven, "STOWAGE_TEST_S3_URL names no server, such as MinIO, to run every suite on"))
  func `is one that the other suites run on`() throws {
    #expect(Subject.allCases.contains(.given))
    try Subject.given.withBucket { store, bucket in
      _ = try store.put(.bytes([1]), to: "k", in: bucket)
      #expect(try store.bytes(of: "k", in: bucket, limit: 9) == [1])
    }
  }
}
