internal import CVips
internal import Core

/// A coded item of a HEIF file: a picture or a tile, in HEVC or AV1, as bytes that its decoder needs and no others.
struct CodedPart {
  enum Codec { case hevc, av1 }

  /// The size that the item's properties state, in pixels.
  let width: Int
  let height: Int
  private let codec: Codec
  private let bytes: [UInt8]

  var count: Int { bytes.count }

  init(_ items: HEIFItems, _ item: Int, _ codec: Codec, _ size: (width: Int, height: Int)) throws(Refusal) {
    self.codec = codec
    (width, height) = size
    let data = try items.bytes(of: item)
    switch codec {
    case .av1: bytes = Array(data)
    case .hevc:
      guard let box = try items.properties(of: item).first(where: { $0.type == "hvcC" }) else {
        throw Refusal(.unreadable, "no parameters of HEVC")
      }
      let parameters = try HEVCParameters(box.content)
      guard parameters.sizes.allSatisfy({ $0.width <= size.width + 64 && $0.height <= size.height + 64 }) else {
        throw Refusal(.unreadable, "coded larger than stated")
      }
      bytes = try parameters.units + HEVCParameters.picture(data, lengthSize: parameters.lengthSize)
    }
  }

  /// Decodes the part; throws if it is damaged or smaller than stated.
  func decoded() throws(Refusal) -> CodedPicture {
    // Codecs work in blocks, so a coded picture can be up to one block larger than the shown one.
    let most = (width + 64) * (height + 64)
    let picture = CodedPicture(codec == .hevc ? cvips_decode_hevc(bytes, count, most) : decodedAV1(most))
    guard let picture else { throw Refusal(.unreadable, "damaged picture") }
    let facts = picture.facts
    guard facts.width >= width, facts.height >= height else { throw Refusal(.unreadable, "coded smaller than stated") }
    return picture
  }

  /// dav1d copies the planes, so the picture outlives the bytes.
  private func decodedAV1(_ most: Int) -> OpaquePointer? { cvips_decode_av1(bytes, count, most) }
}

/// A decoded part, released with its last reference.
final class CodedPicture {
  let handle: OpaquePointer
  var facts: cvips_coded_facts { cvips_coded_describe(handle) }

  init?(_ handle: OpaquePointer?) {
    guard let handle else { return nil }
    self.handle = handle
  }

  deinit { cvips_coded_free(handle) }
}
