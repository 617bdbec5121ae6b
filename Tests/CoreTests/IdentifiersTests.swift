import Core
import Foundation
import Testing

@Suite struct IdentifiersTests {
  @Test func `file identifiers are UUIDs of version 7 that sort by their time`() throws {
    let early = FileID(at: Date(timeIntervalSince1970: 1_700_000_000))
    let late = FileID(at: Date(timeIntervalSince1970: 1_700_000_000.002))
    #expect(early.description < late.description)
    for id in [early, late] {
      let uuid = try #require(UUID(uuidString: id.description))
      #expect(uuid.uuid.6 >> 4 == 7)
      #expect(uuid.uuid.8 >> 6 == 0b10)
      #expect(FileID(id.description) == id)
    }
    // The example of RFC 9562, appendix A.6, has this time in its first 48 bits.
    let example = FileID(at: Date(timeIntervalSince1970: 1_645_557_742.0001))
    #expect(example.description.hasPrefix("017f22e2-79b0-7"))
  }

  @Test func `the earliest identifier of a time sorts after all earlier and before all later ones`() throws {
    let time = Date(timeIntervalSince1970: 1_700_000_000)
    let earliest = FileID(earliestAt: time)
    #expect(FileID(earliest.description) == earliest)
    #expect(FileID(at: time - 0.001).description < earliest.description)
    for _ in 0..<100 { #expect(FileID(at: time).description >= earliest.description) }
  }

  @Test func `a thousand file identifiers of one instant differ`() {
    #expect(Set((0..<1000).map { _ in FileID(at: .distantPast) }).count == 1000)
  }

  @Test(arguments: [
    "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
    "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",
    "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "", "../../../../../../../../../../etc",
  ])
  func `a malformed file identifier is refused`(text: String) {
    #expect(FileID(text) == nil)
  }

  @Test func `a digest returns its bytes`() throws {
    let digest = try #require(SHA256Digest(hexadecimal: String(repeating: "0F", count: 31) + "a9"))
    #expect(digest.bytes == Array(repeating: 0x0F, count: 31) + [0xA9])
    #expect(SHA256Digest(hexadecimal: "00") == nil)
    #expect(SHA256Digest(hexadecimal: String(repeating: "g", count: 64)) == nil)
    #expect(VariantVersion(prefixOf: digest).description == "0f0f0f0f0f0f")
  }
}
