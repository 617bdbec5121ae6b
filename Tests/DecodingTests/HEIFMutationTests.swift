import Core
import TestSupport
import Testing

@testable import Decoding

struct HEIFMutationTests {
  @Test(arguments: HEIFBuilder.Codec.allCases)
  func `a damaged HEIC or AVIF neither ends nor stops the confined decoder`(codec: HEIFBuilder.Codec) throws {
    let folder = try ScratchFolder()
    let pool = DecoderPool(executable: decoderPath)
    var random = Seeded("heif \(codec)", seed: Seeded.given.map { UInt64($0) } ?? 12)
    let single = HEIFBuilder(codec, [HEIFBuilder.tile(codec, 1, colour: 0), HEIFBuilder.alpha(codec, 2, of: 1)])
    let turned = HEIFBuilder.grid(codec, [HEIFBuilder.cut(100, 90), HEIFBuilder.turn(1), HEIFBuilder.mirror(0)])
    var reasons: Set<String> = []
    for round in 0..<LongRun.count(3000, reduced: 200) {
      let bytes = Self.damaged(round % 2 == 0 ? single.bytes : turned.bytes, &random)
      let error = try pool.failure(folder.write(bytes, to: "a"), as: codec == .hevc ? .heic : .avif)
      switch error {
      case nil: reasons.insert("ready")
      case .refused(let reason, _): reasons.insert(reason.rawValue)
      case let other?: Issue.record("round \(round): \(other)")
      }
    }
    #expect(reasons.isSuperset(of: ["ready", "unreadable"]))
  }

  /// Returns the file with one to four changes; half of the changes are in its lists, and half in its pictures.
  private static func damaged(_ file: [UInt8], _ random: inout Seeded) -> [UInt8] {
    var bytes = file
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = [0, 1, 127, 128, 255].randomElement(using: &random) ?? 0
      case 2:
        let value = [0, 1, 0xFFFF_FFFF, 16_384, 64].randomElement(using: &random) ?? 0
        for (index, byte) in HEIFBuilder.number(value, 4).enumerated() where place + index < bytes.count {
          bytes[place + index] = byte
        }
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1..<20, using: &random)))
      default: bytes.insert(contentsOf: bytes[place...].prefix(30), at: Int.random(in: 0..<bytes.count, using: &random))
      }
      if bytes.count < 32 { return bytes }
    }
    return bytes
  }
}
