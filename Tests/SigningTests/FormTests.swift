import Foundation
import Signing
import Testing

/// Forms for browsers, compared with botocore's.
@Suite(.enabled(if: Boto.interpreter != nil, "STOWAGE_PYTHON is not set"))
struct FormTests {
  private static let fields: [(name: String, value: String)] = [
    ("success_action_status", "201"), ("content-type", "image/jpeg"),
    ("x-amz-meta-original-filename", "Gr\u{FC}\u{DF}e%20\u{1F4F7} \"\\ \n\r\t\u{8}\u{C}\u{1}\u{7F}</script>.jpg"),
    ("x-amz-meta-uploader-id", "ann@example.com"),
  ]

  @Test(arguments: [nil, "FwoGZXIvYXdzE/+=="] as [String?])
  func `a form's fields and policy equal botocore's byte for byte`(token: String?) throws {
    for (key, sizes, seconds) in [
      ("ann/1/original.jpg", Int64(1)...52_428_800, 900), ("Gr\u{FC}\u{DF}e/\u{5199}\u{771F} '\"\\.webp", 5...5, 1),
      ("plain", 0...Int64.max, 604_800),
    ] {
      let theirs = try Boto.signed([
        Boto.Form(
          key: key,
          fields: Self.fields.map { [$0.name, $0.value] },
          sizes: [sizes.lowerBound, sizes.upperBound],
          expires: seconds,
          token: token
        )
      ])
      let answer = try JSONDecoder().decode([String].self, from: Data(try #require(theirs.first).utf8))
      let policy = PostPolicy(bucket: "uploads-raw", key: key, fields: Self.fields, sizes: sizes)
      let ours = Boto.signer(token: token).formFields(for: policy, expires: seconds, at: Boto.time)
      #expect(answer == ["http://\(Boto.host)/uploads-raw"] + ours.flatMap { [$0.name, $0.value] })
    }
  }
}
