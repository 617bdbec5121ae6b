import Core
import Testing

@testable import Imaging

struct FitTests {
  @Test(arguments: [
    // At most 800 × 16,383: the side that has to shrink more decides, and the aspect ratio stays.
    ("width:800", 800, 16_383, "800×16383"), ("width:800", 800, 16_384, "800×16383"),
    ("width:800", 800, 20_000, "655×16383"), ("width:800", 200, 20_000, "164×16383"),
    ("width:800", 1, 20_000, "1×16383"), ("width:800", 1600, 20_000, "800×10000"), ("width:800", 1, 100, "1×100"),
    ("width:800", 801, 16_403, "800×16383"), ("width:4096", 4096, 20_000, "3355×16383"),
    ("width:800", 20_000, 200, "800×8"), ("width:800", 20_000, 20, "800×1"), ("width:1", 20_000, 20_000, "1×1"),
    ("width:800", 16_320, 12_240, "800×600"), ("width:800", 799, 65_535, "200×16383"),
    ("cover:150x150", 1, 20_000, "1×1"), ("cover:150x150", 20_000, 1, "1×1"), ("cover:1x4096", 100, 20_000, "1×4096"),
    ("cover:4096x1", 20_000, 200, "4096×1"), ("cover:4096x4096", 3000, 20_000, "3000×3000"),
    ("cover:100x4096", 2, 20_000, "2×82"),
  ])
  func `a tall or wide image fits into a variant`(shape: String, width: Int, height: Int, size: String) throws {
    let wanted = try #require(VariantShape(shape))
    let fit = try #require(Fit(wanted, width: width, height: height))
    #expect("\(fit.width)×\(fit.height)" == size)
  }

  @Test func `a variant of any image fits into WebP, is never enlarged, and keeps the aspect ratio`() throws {
    let sides = [1, 2, 3, 99, 150, 800, 801, 4096, 12_240, 16_382, 16_383, 16_384, 20_000, 65_535]
    for name in ["width:1", "width:800", "width:4096", "cover:150x150", "cover:4096x1", "cover:1x4096"] {
      let shape = try #require(VariantShape(name))
      for width in sides {
        for height in sides {
          let fit = try #require(Fit(shape, width: width, height: height))
          let place: Comment = "\(name) of \(width)×\(height): \(fit)"
          #expect(fit.width >= 1 && fit.width <= min(width, 4096), place)
          #expect(fit.height >= 1 && fit.height <= min(height, Fit.longestSide), place)
          #expect(fit.left >= 0 && fit.left + fit.width <= fit.scaledWidth && fit.scaledWidth <= width, place)
          #expect(fit.top >= 0 && fit.top + fit.height <= fit.scaledHeight && fit.scaledHeight <= height, place)
          guard name.hasPrefix("width") else { continue }
          // Each side is rounded to a whole pixel at most, and has one pixel at least.
          let (across, down) = (Double(width) / Double(fit.width), Double(height) / Double(fit.height))
          let step = max(1 / Double(fit.width), 1 / Double(fit.height))
          #expect(abs(across / down - 1) <= step || fit.width == 1 || fit.height == 1, place)
        }
      }
    }
  }
}
