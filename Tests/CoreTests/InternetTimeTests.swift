import Core
import Foundation
import TestSupport
import Testing

@Suite struct InternetTimeTests {
  @Test func `the text is that of Foundation, for every day of 800 years`() {
    for day in stride(from: 0, to: 292_194, by: 1) {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400 + Double(day % 86_400))
      guard date.internetText != date.formatted(.iso8601) else { continue }
      Issue.record("\(date.internetText) is \(date.formatted(.iso8601))")
      return
    }
  }

  @Test func `the text is that of Foundation, for fractions and for the ends`() {
    var random = Seeded("times")
    let ends = [-0.001, -86_400, 0, 0.999, 951_782_399.9, 951_782_400, 253_402_300_799, 253_402_300_800, 1e12]
    for seconds in ends + (0..<5_000).map({ _ in Double.random(in: 0..<5e9, using: &random) }) {
      let date = Date(timeIntervalSince1970: seconds)
      #expect(date.internetText == date.formatted(.iso8601))
    }
  }
}
