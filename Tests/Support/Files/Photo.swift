public import Foundation

/// Images made by ImageMagick, each with different pixels.
public enum Photo {
  /// Returns a JPEG with detail everywhere, like a photo.
  public static func jpeg(width: Int, height: Int) throws -> [UInt8] { try image("jpg", width: width, height: height) }

  /// Returns a black image of any size, made by libvips; `format` is libvips' suffix.
  public static func flat(_ format: String, width: Int, height: Int) throws -> [UInt8] {
    let suffix = format.prefix { $0 != "[" }
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).\(suffix)")
    defer { try? FileManager.default.removeItem(at: file) }
    try run("vips", ["black", file.path + format.dropFirst(suffix.count), "\(width)", "\(height)"])
    return [UInt8](try Data(contentsOf: file))
  }

  /// Returns an image of noise, which does not compress; `format` is ImageMagick's name.
  ///
  /// A PNG has noise of 16 bits per channel in each pixel; other formats have noise that is four times as coarse.
  public static func image(_ format: String, width: Int, height: Int) throws -> [UInt8] {
    let isFine = format == "png"
    let size = isFine ? "\(width)x\(height)" : "\((width + 3) / 4)x\((height + 3) / 4)"
    let shape = isFine ? ["-depth", "16", "-quality", "10"] : ["-resize", "\(width)x\(height)!", "-quality", "85"]
    let noise = [
      "-seed", "\(Seeded.number(in: 0..<1_000_000))", "-size", size, "xc:rgb(120,128,136)", "+noise", "Random",
    ]
    return [UInt8](try run("convert", noise + shape + ["\(format):-"]))
  }
}

/// Documents that the tests make without other programs.
public enum Document {
  /// Returns a small, valid PDF with an empty page; it contains `comment` literally.
  public static func pdf(comment: String = UUID().uuidString) -> [UInt8] {
    var text = "%PDF-1.4\n%\(comment)\n"
    var offsets: [Int] = []
    let objects = [
      "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
    ]
    for (index, object) in objects.enumerated() {
      offsets.append(text.utf8.count)
      text += "\(index + 1) 0 obj\(object)endobj\n"
    }
    let start = text.utf8.count
    text += "xref\n0 4\n0000000000 65535 f \n"
    for offset in offsets {
      text += String(repeating: "0", count: 10 - String(offset).count) + "\(offset) 00000 n \n"
    }
    return Array((text + "trailer<</Size 4/Root 1 0 R>>\nstartxref\n\(start)\n%%EOF\n").utf8)
  }
}
