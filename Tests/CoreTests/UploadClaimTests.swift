import Core
import Foundation
import Testing

@Suite struct UploadClaimTests {
  private func claim(
    _ filename: String = "a.jpg",
    size: Int64 = 1,
    type: String = "image/jpeg",
    sha256: String? = nil,
    visibility: String? = nil
  ) throws -> UploadClaim {
    try UploadClaim(
      filename: filename,
      size: size,
      contentType: type,
      sha256: sha256,
      visibility: visibility,
      policy: UploadPolicy(types: [.jpeg, .pdf])
    )
  }

  @Test func `a claim within the policy is accepted, and is private by default`() throws {
    let claim = try claim("Ünïcode 🏔.jpg", size: 50 << 20)
    #expect(
      claim.visibility == .private && claim.type == .checked(.jpeg) && claim.filename.description == "Ünïcode 🏔.jpg"
    )
    #expect(try self.claim(visibility: "public").visibility == .public)
  }

  @Test(arguments: [0, -1, Int64.min]) func `a size below one byte is refused`(size: Int64) {
    #expect(throws: StorageError.invalidRequest("size: must be at least 1 byte")) { try claim(size: size) }
  }

  @Test func `one byte over the limit is refused`() {
    #expect(throws: StorageError.tooLarge(limit: 50 << 20)) { try claim(size: 50 << 20 + 1) }
  }

  private func expectNotAllowed(_ stated: String, _ body: () throws -> UploadClaim) {
    let detail = "\(stated) Accepted are files named .jpg, .pdf."
    let error = StorageError.typeNotAllowed(detail: detail, accepted: ["image/jpeg", "application/pdf"])
    #expect(throws: error) { try body() }
  }

  @Test(arguments: ["image/png", "image/jpegg", "text/html", "image/svg+xml"])
  func `a type that is not accepted is refused by name, with the list of accepted types`(type: String) {
    expectNotAllowed("contentType: \(type) is not accepted.") { try claim(type: type) }
  }

  @Test(arguments: ["jpeg", "image", "a\u{1B}/b", "a/" + String(repeating: "b", count: 126)])
  func `what is no media type is refused without a copy of it`(type: String) {
    expectNotAllowed("contentType: the value is not accepted.") { try claim(type: type) }
  }

  @Test(arguments: ["", " ", "application/octet-stream", "binary/octet-stream", "Application/Octet-Stream; x=y", "*/*"])
  func `if a browser knows no type, the file name determines it`(type: String) throws {
    #expect(try claim("a.b.PDF", type: type).type == .checked(.pdf))
    for name in ["a.jpg", "a.JPEG", "a.jpe", "a.jfif", "a.pjpeg", "a.pjp"] {
      #expect(try claim(name, type: type).type == .checked(.jpeg))
    }
    for (name, found) in [("a.png", "png"), ("a.TXT", "txt")] {
      expectNotAllowed("filename: .\(found) is not accepted.") { try claim(name, type: type) }
    }
    for name in ["pdf", "a.pdf.", "a.pdf "] {
      expectNotAllowed("filename: it has no extension, and contentType says nothing.") { try claim(name, type: type) }
    }
  }

  @Test(arguments: [
    "", ".", "..", "a/b.jpg", "a\\b.jpg", "a\u{0}b", "a\nb", "\u{202E}gpj.exe", "a\u{2066}b", "a\u{7F}", "a\u{85}b",
    "a\u{2028}b", "a/\u{301}b", "..\\\u{301}", "/\u{200D}", String(repeating: "a", count: 256),
    String(repeating: "ä", count: 128),
  ])
  func `a misleading file name is refused`(name: String) {
    #expect(throws: StorageError.self) { try claim(name) }
  }

  @Test func `a file name of exactly 255 bytes is accepted`() throws {
    #expect(try claim(String(repeating: "a", count: 255)).filename.description.utf8.count == 255)
  }

  @Test func `an unknown visibility is refused`() {
    #expect(throws: StorageError.self) { try claim(visibility: "Public") }
  }

  @Test(arguments: [
    "", "abc", String(repeating: "a", count: 63), String(repeating: "a", count: 65), String(repeating: "g", count: 64),
    "0x" + String(repeating: "a", count: 62), "sha256:" + String(repeating: "a", count: 64),
    String(repeating: "a", count: 63) + "\n", " " + String(repeating: "a", count: 63),
    String(repeating: "а", count: 32),
    String(repeating: "Ａ", count: 64), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
  ])
  func `a malformed digest is refused with the expected form`(digest: String) {
    #expect(throws: StorageError.invalidRequest("sha256: must be 64 hexadecimal digits")) { try claim(sha256: digest) }
  }

  @Test func `a digest in upper case equals the same digest in lower case`() throws {
    let digest = String(repeating: "0aF9", count: 16)
    #expect(try claim(sha256: digest).sha256 == claim(sha256: digest.lowercased()).sha256)
    #expect(try claim(sha256: digest).sha256?.description == digest.lowercased())
  }

  @Test func `leading bytes distinguish the types`() {
    #expect(FileType(leadingBytes: [0xFF, 0xD8, 0xFF, 0xE0]) == .jpeg)
    #expect(FileType(leadingBytes: Array("\u{89}PNG".utf8)) == nil)
    #expect(FileType(leadingBytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .png)
    #expect(FileType(leadingBytes: Array("RIFF\u{1}\u{2}\u{3}\u{4}WEBPVP8X".utf8)) == .webp)
    #expect(FileType(leadingBytes: Array("RIFF\u{1}\u{2}\u{3}\u{4}WAVEfmt ".utf8)) == nil)
    #expect(FileType(leadingBytes: Array("GIF89a".utf8)) == .gif)
    #expect(FileType(leadingBytes: Array("%PDF-1.7".utf8)) == .pdf)
    #expect(FileType(leadingBytes: Array(" %PDF-1.7".utf8)) == nil)
    #expect(FileType(leadingBytes: [UInt8]()) == nil)
  }

  @Test(arguments: [
    (["heic"], FileType.heic), (["heix", "mif1"], .heic), (["hevc"], .heic), (["mif1", "mif1", "heic"], .heic),
    (["avif"], .avif), (["avis", "msf1"], .avif), (["mif1", "miaf", "avif", "heic"], .avif), (["heic", "avif"], .heic),
    (["mif1", "mif1"], .heic), (["mp42", "heic"], nil), (["qt  "], nil), (["HEIC"], nil),
  ])
  func `the brands of a file distinguish HEIC, AVIF and films`(brands: [String], type: FileType?) {
    func file(_ length: Int? = nil) -> [UInt8] {
      [0, 0, 0, UInt8(length ?? 12 + 4 * brands.count)] + Array("ftyp".utf8) + Array(brands[0].utf8) + [0, 0, 0, 0]
        + brands.dropFirst().flatMap(\.utf8) + Array("metaheicavif".utf8)
    }
    #expect(FileType(leadingBytes: file()) == type)
    #expect(FileType(leadingBytes: file().prefix(15)) == nil && FileType(leadingBytes: file(8)) == nil)
    #expect(FileType(leadingBytes: [1] + file().dropFirst()) == nil, "a box of 16 MB")
  }

  @Test func `HEIC and AVIF are accepted only if the policy names them`() throws {
    func type(_ contentType: String, _ filename: String, _ types: [FileType]) throws -> UploadType {
      try UploadClaim(filename: filename, size: 1, contentType: contentType, policy: UploadPolicy(types: types)).type
    }
    for (contentType, filename, wanted) in [
      ("image/heic", "a.heic", FileType.heic), ("image/heif", "a.heif", .heic), ("", "IMG_1.HEIC", .heic),
      ("", "DSC1.HIF", .heic), ("application/octet-stream", "a.heif", .heic), ("image/avif", "a.avif", .avif),
    ] {
      #expect(try type(contentType, filename, [.heic, .avif]) == .checked(wanted))
      #expect(throws: StorageError.self) { try type(contentType, filename, UploadPolicy().types) }
    }
    #expect(FileType(contentType: "image/heic-sequence") == nil)
    #expect(Set(FileType.allCases).subtracting(UploadPolicy().types) == [.heic, .avif])
    #expect(UploadType.checked(.heic).savedName("a.HEIF") == "a.HEIF")
  }

  @Test func `the original of a HEIC or AVIF is a JPEG or WebP, and other variants are WebP`() {
    let shapes = VariantSpecification.defaults
    #expect(shapes.map { $0.types(for: .heic) } == [[.webp], [.webp], [.jpeg, .webp]])
    #expect(shapes.map { $0.types(for: .avif) } == [[.webp], [.webp], [.jpeg, .webp]])
    #expect(shapes.map { $0.types(for: .png) } == [[.webp], [.webp], [.png]])
  }
}
