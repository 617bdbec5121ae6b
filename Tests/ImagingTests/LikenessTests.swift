import Core
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// All renderings of an image look like the uploaded file in Chromium.
struct LikenessTests {
  @Test(arguments: [FileType.jpeg, .png, .webp, .gif])
  func `every rendering of a photo looks like the photo in Chromium`(type: FileType) throws {
    let judging = try Judging()
    try judging.expectAlike(try Fixtures.photo(in: judging.folder, type), as: type)
    try judging.expectAlike(try Fixtures.photo(in: judging.folder, type, width: 1000, height: 170), as: type)
  }

  @Test func `a rendering in another colour, shape or transparency is noticed`() throws {
    let folder = try ScratchFolder()
    let pictures = [
      "red.png": "xc:rgb(200,0,0)", "near.png": "xc:rgb(203,3,0)", "far.png": "xc:rgb(204,0,0)",
      "clear.png": "xc:rgba(200,0,0,0.9)",
    ]
    for (name, colour) in pictures { try folder.run("convert", ["-size", "60x40", colour, "-strip", name]) }
    try folder.run("convert", ["-size", "40x60", "xc:rgb(200,0,0)", "-strip", "tall.png"])
    func difference(_ name: String, as variant: String = "original") throws -> Int? {
      let sight = try Browser.shared.sight(of: folder.file("red.png"), beside: [variant: folder.file(name)])
      return sight.differences[variant]
    }
    #expect(try difference("red.png") == 0 && difference("near.png") == 3 && difference("far.png") == 4)
    #expect(try (24...27).contains(difference("clear.png", as: "medium") ?? 0))
    #expect(try difference("tall.png") == 255 && difference("tall.png", as: "thumb") == 0)
    let sight = try Browser.shared.sight(of: folder.file("red.png"))
    #expect(sight.width == 60 && sight.height == 40 && sight.middle == [200, 0, 0, 255])
    try folder.write(Array("no picture".utf8), to: "none.png")
    #expect(try Browser.shared.sight(of: folder.file("none.png")).width == 0)
  }
}
