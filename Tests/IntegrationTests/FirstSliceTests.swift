import Foundation
import HTTP
import TestSupport
import Testing

let stack: Stack? = Stack.current
let isRunning = stack != nil
let howToRun: Comment = "script/test brings the system up"

@Suite(.enabled(if: isRunning, howToRun)) struct FirstSliceTests {
  private let stack: Stack

  init() throws { stack = try #require(Stack.current) }

  @Test func `an uploaded photo is scanned, and nginx serves its thumbnail`() throws {
    let photo = try Photo.jpeg(width: 1600, height: 1200)
    let file = try stack.upload(photo, "Ünïcode 🏔 photo.jpg")
    #expect(file.state == "ready" && file.filename == "Ünïcode 🏔 photo.jpg" && file.size == Int64(photo.count))
    #expect(Set(file.variants.map(\.name)) == ["thumb", "medium", "original"])
    let thumb = try #require(file.variants.first { $0.name == "thumb" })
    #expect(thumb.width == 150 && thumb.height == 150 && thumb.contentType == "image/webp")
    let medium = try #require(file.variants.first { $0.name == "medium" })
    #expect(medium.width == 800 && medium.height == 600)
    for variant in file.variants {
      let answer = try stack.send("GET", variant.url)
      #expect(answer.head.status == 200 && Int64(answer.body.count) == variant.size)
      #expect(answer.head["Cache-Control"] == "public, max-age=31536000, immutable")
      #expect(answer.head["Content-Type"] == variant.contentType)
      #expect(answer.head["X-Content-Type-Options"] == "nosniff")
    }
  }

  @Test(arguments: [("png", "image/png"), ("webp", "image/webp"), ("gif", "image/gif")])
  func `every image type becomes three variants`(format: String, type: String) throws {
    let file = try stack.upload(try Photo.image(format, width: 320, height: 240), "a.\(format)", type: type)
    #expect(file.state == "ready" && file.variants.count == 3)
    #expect(file.variants.first { $0.name == "original" }?.contentType == type)
    #expect(file.variants.first { $0.name == "medium" }?.width == 320, "never enlarged")
  }

  @Test(arguments: [
    (HEIFBuilder.Codec.hevc, "IMG_1.HEIF", "image/heif", "image/heic"), (.av1, "a.avif", "image/avif", "image/avif"),
  ])
  func `a HEIC or AVIF is shown as a JPEG, and its owner downloads the uploaded bytes`(
    codec: HEIFBuilder.Codec,
    name: String,
    claimed: String,
    type: String
  ) throws {
    let picture = HEIFBuilder.grid(codec, [HEIFBuilder.turn(1)]).bytes
    let file = try stack.upload(picture, name, type: claimed)
    #expect(file.state == "ready" && file.contentType == type && file.filename == name)
    let types = Dictionary(uniqueKeysWithValues: file.variants.map { ($0.name, $0.contentType) })
    #expect(types == ["thumb": "image/webp", "medium": "image/webp", "original": "image/jpeg"])
    for variant in file.variants {
      let answer = try stack.send("GET", variant.url)
      #expect(answer.head.status == 200 && answer.head["Content-Type"] == variant.contentType)
    }
    #expect(try stack.download(file.id).body == picture)
  }

  @Test func `a PDF is ready without variants`() throws {
    let file = try stack.upload(Document.pdf(), "a.pdf", type: "application/pdf")
    #expect(file.state == "ready" && file.variants.isEmpty)
  }

  @Test func `the URL without a version, or with an old one, redirects to the current one`() throws {
    let file = try stack.upload(try Photo.jpeg(width: 200, height: 200))
    let current = try #require(file.variants.first { $0.name == "thumb" }).url
    let parts = current.split(separator: "/", omittingEmptySubsequences: false)
    let bare = (parts.dropLast(2) + parts.suffix(1)).joined(separator: "/")
    let old = (parts.dropLast(2) + ["000000000000"] + parts.suffix(1)).joined(separator: "/")
    for url in [bare, old] {
      let answer = try stack.send("GET", url)
      #expect(answer.head.status == 302)
      #expect(current.hasSuffix(answer.head["Location"] ?? "none"))
      #expect(answer.head["Cache-Control"]?.contains("31536000") == false)
    }
  }

  @Test func `no token gives access to an image of a private file`() throws {
    let photo = try Photo.jpeg(width: 200, height: 200)
    let ticket = try stack.ticket(size: photo.count, visibility: "private")
    #expect(try stack.put(photo, ticket).head.status == 200)
    let file = try stack.settled(ticket.fileId)
    #expect(
      file.state == "ready" && file.variants.allSatisfy { $0.url.hasPrefix("\(stack.url)/private/demo/\(file.id)/") }
    )
    let token = [(name: "Authorization", value: "Bearer \(stack.token)")]
    for (prefix, status) in [("images", 404), ("private", 403), ("premium", 403)] {
      for headers in [[], token] {
        let answer = try stack.send("GET", "/\(prefix)/demo/\(file.id)/thumb.webp", headers: headers)
        #expect(answer.head.status == status)
      }
    }
  }
}
