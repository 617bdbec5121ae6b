import Core
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// Test pictures of other projects, as Debian's packages ship them.
///
/// `script/setup --long` puts the pictures of libpng (with PngSuite), libjpeg-turbo, giflib, libwebp and Go into `.pictures`.
struct PackagedPictureTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  /// The broken pictures, and why each is broken.
  private static let broken = [
    "libjpeg-turbo/testimages/testorig12.jpg": "12 bits per sample, which no browser shows",
    "libpng1.6/contrib/testpngs/crashers/bad_iCCP.png": "the file ends within a chunk",
    "libpng1.6/contrib/testpngs/crashers/badcrc.png": "IDAT has a wrong checksum",
  ]

  /// Returns true for the pictures in which a chunk claims a huge length, so that the file ends within that chunk.
  ///
  /// `huge_IDAT.png` is no such picture: it has all rows before its end.
  private static func isCut(_ name: String) -> Bool {
    name.contains("/crashers/huge_") && !name.hasSuffix("/huge_IDAT.png")
  }

  private static func pictures(in folder: URL) throws -> [String] {
    let kinds: Set = ["png", "jpg", "jpeg", "gif", "webp"]
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { kinds.contains(URL(filePath: $0).pathExtension) }.sorted()
  }

  /// Checks a picture: a valid one looks the same in every rendering, and a broken one is refused.
  private func check(_ name: String, in folder: URL, _ judging: Judging) throws {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
    let type = try #require(FileType(leadingBytes: bytes.prefix(FileType.signatureLength)), "\(name)")
    if Self.broken[name] != nil || Self.isCut(name) {
      #expect(judging.refusal(bytes, as: type) == .unreadable, "\(name)")
      return
    }
    let copy = "picture.\(type.fileExtension)"
    try judging.folder.write(bytes, to: copy)
    let sight = try Browser.shared.sight(of: judging.folder.file(copy))
    #expect(sight.width > 0, "Chromium does not show \(name)")
    let (long, short) = (max(sight.width, sight.height), min(sight.width, sight.height))
    if long > short * DecoderLimits().maximumAspectRatio {
      #expect(judging.refusal(bytes, as: type) == .dimensionsExceeded, "\(name)")
      return
    }
    let rendered = try judging.render(copy, as: type)
    let differences = try judging.sight(of: copy, beside: rendered).differences
    #expect(differences.values.allSatisfy { $0 <= Browser.tolerance }, "\(name): \(differences)")
  }

  @Test(.enabled(if: LongRun.isWanted, "only with STOWAGE_LONG=1"))
  func `every valid picture of Debian's packages looks the same in every rendering, and every broken one is refused`()
    throws
  {
    let folder = Self.root.appending(path: ".pictures")
    let names = try Self.pictures(in: folder)
    #expect(names.count > 300 && Self.broken.keys.allSatisfy(names.contains))
    #expect(names.filter(Self.isCut).count == 18)
    for package in ["libpng1.6", "libjpeg-turbo", "giflib", "libwebp", "golang"] {
      #expect(names.contains { $0.hasPrefix(package + "/") }, "\(package)")
    }
    let judging = try Judging()
    for name in names { try check(name, in: folder, judging) }
  }

  @Test func `pictures of packages that the tests install anyway look the same in every rendering`() throws {
    let folder = Self.root.appending(path: ".venv/lib")
    let names = try Self.pictures(in: folder)
    // networkx, sympy, werkzeug and python-docx ship pictures.
    #expect(names.count > 5)
    let judging = try Judging()
    for name in names.prefix(20) { try check(name, in: folder, judging) }
  }
}
