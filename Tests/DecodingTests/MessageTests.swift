import Core
import Testing

struct MessageTests {
  @Test(arguments: [
    "", "decode", "decode jpeg", "decode jpeg -1", "decode jpeg 01", "decode jpeg 134217729", "decode tiff 1",
    "decode jpeg 1 ", "decode  jpeg 1", "decode jpeg 1\n", "decode jpeg 1 thumb", "decode jpeg 1 thumb=cover:0x1",
    "decode jpeg 1 Thumb=stripped", "decode jpeg 1 a=b=stripped", "encode jpeg 1", "decode jpeg 1 \u{FFFD}=stripped",
  ])
  func `a request that is not spelled exactly right is invalid`(line: String) {
    #expect(DecoderRequest(message: Array(line.utf8)) == nil)
  }

  @Test(arguments: [
    "", "ready", "refused", "refused because", "refused malware ", "decoded", "decoded png 1 1",
    "refused dimensions_exceeded pixels", "refused dimensions_exceeded pixels:2:1:0", "refused malware pixels:1:2:0:0",
    "refused dimensions_exceeded pixels:2:1:0:0:0", "refused dimensions_exceeded pixels:+2:1:0:0",
    "refused dimensions_exceeded pixels:2:01:0:0", "refused dimensions_exceeded colours:2:1:0:0",
    "refused dimensions_exceeded pixels:2:1:0:0 ", "refused dimensions_exceeded pixels:2:-1:0:0",
    "refused dimensions_exceeded pixels:9223372036854775807:1:0:0",
    "refused dimensions_exceeded pixels:2:1:0:0 pixels:2:1:0:0",
    "decoded png 1 1 1 thumb=webp:1:1:0", "decoded png 1 1 1 thumb=webp:1:1", "decoded png -1 1 1",
    "decoded png 1 1 99999999999", "decoded png 1 1 1 thumb=webp:1:1:+1", "decoded svg 1 1 1",
    "decoded png 1 1 1 thumb=webp:1:1:1:1", "decoded png 1 1 1 ../x=webp:1:1:1",
  ])
  func `a reply that is not spelled exactly right is invalid`(line: String) {
    #expect(DecoderReply(message: Array(line.utf8)) == nil)
  }

  @Test func `messages parse from their own text`() throws {
    let request = DecoderRequest(claimed: .checked(.gif), size: 7, variants: VariantSpecification.defaults)
    #expect(request.line == "decode gif 7 thumb=cover:150x150 medium=width:800 original=stripped")
    #expect(DecoderRequest(message: Array(request.line.utf8)) == request)
    let thumb = DecoderReply.RenderingFacts(name: .thumb, type: .webp, width: 1, height: 2, size: 3)
    let image = DecoderReply.ImageFacts(type: .checked(.gif), width: 4, height: 5, frames: 6)
    let exceeded = ExceededLimit.Quantity.allCases.map { ExceededLimit($0, 9, limit: 8, width: 7, height: 6) }
    let refusals = exceeded.map { DecoderReply.refused(.dimensionsExceeded, $0) }
    for reply in [DecoderReply.decoded(image, [thumb]), .refused(.unreadable)] + refusals {
      #expect(DecoderReply(message: Array(reply.line.utf8)) == reply)
    }
    let csv = try #require(PlainType(contentType: "text/csv"))
    let table = DecoderRequest(claimed: .plain(csv), size: 7, variants: [])
    #expect(table.line == "decode text/csv 7" && DecoderRequest(message: Array(table.line.utf8)) == table)
    let plain = DecoderReply.decoded(DecoderReply.ImageFacts(plain: csv), [])
    #expect(plain.line == "decoded text/csv 0 0 0" && DecoderReply(message: Array(plain.line.utf8)) == plain)
    let limits = DecoderLimits(maximumPixels: 1, maximumJPEGPixels: 4, maximumFrames: 2, cpuSeconds: 3)
    #expect(DecoderLimits(arguments: limits.arguments) == limits)
  }
}
