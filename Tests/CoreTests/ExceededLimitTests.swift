import Core
import Testing

@Suite struct ExceededLimitTests {
  @Test(
    arguments: [
      (
        ExceededLimit(.pixels, 199_756_800, limit: 110_000_000, width: 16_320, height: 12_240),
        "16,320 × 12,240 pixels: 199.8 megapixels, and the limit is 110"
      ),
      (
        ExceededLimit(.pixels, 110_000_001, limit: 110_000_000, width: 1, height: 110_000_001),
        "1 × 110,000,001 pixels: 110,000,001 pixels, and the limit is 110,000,000"
      ),
      (
        ExceededLimit(.pixels, 10_100, limit: 10_050, width: 101, height: 100),
        "101 × 100 pixels: 10,100 pixels, and the limit is 10,050"
      ),
      (
        ExceededLimit(.side, 20_001, limit: 20_000, width: 20_001, height: 300),
        "20,001 × 300 pixels: the longer side has 20,001, and the limit is 20,000"
      ),
      (
        ExceededLimit(.aspectRatio, 101, limit: 100, width: 1001, height: 10),
        "1,001 × 10 pixels: the longer side is over 100 times the shorter side, and the limit is 100 times"
      ),
      (ExceededLimit(.frames, 1501, limit: 500), "1,501 frames, and the limit is 500"),
      (
        ExceededLimit(.framePixels, 430_000_000, limit: 419_430_400),
        "all frames together have 430 megapixels, and the limit is 419.4"
      ),
      (
        ExceededLimit(.frameBytes, 5 << 30, limit: 4 << 30),
        "all frames together, uncompressed, have 5 GB, and the limit is 4 GB"
      ),
      (
        ExceededLimit(.memory, 2 << 30, limit: 1536 << 20, width: 9000, height: 9000),
        "9,000 × 9,000 pixels: an image of this size and kind needs memory of 2 GB, and the limit is 1.5 GB"
      ),
      (ExceededLimit(.fileBytes, 200 << 20, limit: 128 << 20), "the file has 200 MB, and the limit is 128 MB"),
      (
        ExceededLimit(.fileBytes, 134_217_729, limit: 128 << 20),
        "the file has 134,217,729 bytes, and the limit is 134,217,728"
      ),
      (ExceededLimit(.renderedBytes, 2 << 20, limit: 1 << 20), "its renderings have 2 MB, and the limit is 1 MB"),
    ]
  ) func `an exceeded limit is explained in numbers, and survives its own text`(exceeded: ExceededLimit, text: String) {
    #expect(exceeded.text == text)
    #expect(ExceededLimit(word: exceeded.word) == exceeded)
  }

  @Test(arguments: [
    "", "pixels", "pixels:2:1:0", "pixels:2:1:0:0:0", "pixels:1:1:0:0", "pixels:1:2:0:0", "Pixels:2:1:0:0",
    "pixels:2:1:0:0 ", "pixels:02:1:0:0", "pixels:+2:1:0:0", "pixels:2:-1:0:0", "pixels:9223372036854775808:1:0:0",
    "pixels:9223372036854775807:1:0:0", "a\u{202E}:2:1:0:0",
  ]) func `a word that is not exactly an exceeded limit is none`(word: String) {
    #expect(ExceededLimit(word: word) == nil)
  }
}
