import Core
import Testing

@Suite struct RequestTierTests {
  @Test(arguments: [
    ("PutObject", RequestTier.write), ("CopyObject", .write), ("UploadPart", .write),
    ("CompleteMultipartUpload", .write),
    ("CreateMultipartUpload", .write), ("ListObjectsV2", .write), ("ListParts", .write), ("PutObjectTagging", .write),
    ("GetObject", .read), ("HeadObject", .read), ("HeadBucket", .read), ("GetObjectTagging", .read),
    ("DeleteObject", .free), ("DeleteObjects", .free), ("AbortMultipartUpload", .free), ("DeleteObjectTagging", .free),
  ])
  func `an operation has the price class of its method`(_ operation: String, tier: RequestTier) {
    #expect(RequestTier(operation: operation) == tier)
  }
}
