import Foundation
import Testing

@testable import Audit

@Suite struct CatalogueTests {
  @Test func `every check has one identifier, and exactly one examination makes it`() {
    let ids = Check.all.map(\.id)
    #expect(ids.count >= 60)
    #expect(Set(ids).count == ids.count)
    let made = Examination.all.flatMap(\.checks).map(\.id)
    #expect(made.sorted() == ids.sorted())
  }

  @Test func `a check says what must hold, why, and how to mend it`() {
    for check in Check.all {
      #expect(check.id.wholeMatch(of: /[a-z]+\.[a-z0-9\-]+/) != nil, "\(check.id)")
      for text in [check.title, check.why] {
        #expect(
          text.hasSuffix(".") && text.first?.isUppercase == true || text.hasPrefix("nginx"),
          "\(check.id): \(text)"
        )
      }
      #expect(check.mend.count > 15, "\(check.id)")
      for mapping in check.mappings {
        let form = /(?:S3|CloudFront|IAM)\.[0-9]+|CIS-[0-9]\.0:[0-9.]+|ASVS-5\.0:[0-9]+\.[0-9]+\.[0-9]+/
        #expect(mapping.wholeMatch(of: form) != nil, "\(check.id): \(mapping)")
      }
    }
  }

  @Test func `severities are ordered, and their scores rise`() throws {
    let scores = try Severity.allCases.map { try #require(Double($0.score)) }
    #expect(scores == scores.sorted() && Set(scores).count == 4)
    #expect(Severity.low < .medium && Severity.high < .critical)
  }
}
