import Core
import Foundation
import Testing

@Suite struct KeysTests {
  let user = UserID("alice@example.com")
  let file = FileID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")

  @Test func `a raw key parses to its parts`() throws {
    let key = RawKey(user: try #require(user), file: try #require(file), type: .jpeg)
    #expect(key.description == "alice@example.com/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original.jpg")
    #expect(RawKey(key.description) == key)
    #expect(key.kept == "alice@example.com/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/kept.jpg")
    #expect(key.description.hasPrefix(key.folder) && key.kept.hasPrefix(key.folder) && key.folder.hasSuffix("/"))
  }

  @Test(arguments: (UInt8(0x21)...0x7E).map { "u" + String(Unicode.Scalar($0)) + "~2F" })
  func `the keys and the path of a user with any character parse to that user`(name: String) throws {
    let (user, file) = (try #require(UserID(name)), try #require(file))
    let raw = RawKey(user: user, file: file, type: .jpeg)
    #expect(RawKey(raw.description) == raw && raw.description.split(separator: "/").count == 3)
    let version = try #require(VariantVersion("0123456789ab"))
    let key = ProcessedKey(user: user, file: file, version: version, name: .thumb, type: .webp)
    #expect(ImagePath("/private/\(key)")?.user == user)
    #expect(key.description.hasPrefix("\(user.written)/\(file)/") && raw.folder == "\(user.written)/\(file)/")
  }

  @Test(arguments: [
    "a~2fb", "a~", "a|b", "~41", "a~7c", "a%7Cb", "*",
  ])
  func `a key or path whose user is written in another way is not one of Stowage`(user: String) {
    #expect(RawKey("\(user)/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original.jpg") == nil)
    #expect(ImagePath("/images/\(user)/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/thumb.webp") == nil)
  }

  @Test(arguments: [
    "", "a/b", "../017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original.jpg",
    "a/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original",
    "a/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original.exe", "/a/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original.jpg",
    "a/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/original.jpg/", "a/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/kept.jpg",
  ])
  func `a malformed key is not one of Stowage`(text: String) {
    #expect(RawKey(text) == nil)
  }

  @Test func `an image path with or without a version is parsed`() throws {
    let base = "/images/alice/017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    let current = try #require(ImagePath("\(base)/thumb.webp"))
    #expect(current.version == nil && current.name == .thumb && current.type == .webp && current.visibility == .public)
    let pinned = try #require(ImagePath("\(base)/0123456789ab/original.jpg"))
    #expect(pinned.version?.description == "0123456789ab" && pinned.type == .jpeg)
    #expect(ImagePath(base.replacing("images", with: "private") + "/thumb.webp")?.visibility == .private)
  }

  @Test(arguments: [
    "/images/alice/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/0123456789AB/thumb.webp",
    "/images/alice/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/../thumb.webp",
    "/images/alice/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/thumb.webp.exe",
    "/images/alice/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/thumb.pdf",
    "/images/alice/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/thumb",
    "/images//017f22e2-79b0-7cc3-98c4-dc0c0c07398f/thumb.webp",
    "/other/alice/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/thumb.webp", "images/alice/x/thumb.webp", "", "/",
  ])
  func `a malformed image path is refused`(text: String) {
    #expect(ImagePath(text) == nil)
  }

  @Test(arguments: ["cover:150x150", "width:800", "stripped"])
  func `a variant's shape parses from its text`(text: String) {
    #expect(VariantShape(text)?.description == text)
  }

  @Test(arguments: ["cover:0x10", "cover:10", "width:", "width:-1", "width:+5", "width:5000", "width:08", "", "blur"])
  func `a variant's shape outside its limits is refused`(text: String) {
    #expect(VariantShape(text) == nil)
  }
}
