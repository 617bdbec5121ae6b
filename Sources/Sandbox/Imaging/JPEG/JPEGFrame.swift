internal import Core

/// The frame header of a JPEG.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (A.1, B.2.2)
struct JPEGFrame {
  struct Component {
    let name: UInt8
    let across: Int
    let down: Int
    let quantization: Int
  }

  let marker: UInt8
  let precision: UInt8
  let width: Int
  let height: Int
  let components: [Component]

  init(_ marker: UInt8, _ payload: ArraySlice<UInt8>) throws(Refusal) {
    self.marker = marker
    var scanner = ByteScanner(payload)
    precision = try scanner.byte()
    height = try scanner.bigEndian(2)
    width = try scanner.bigEndian(2)
    let count = Int(try scanner.byte())
    guard [1, 3, 4].contains(count), scanner.remaining == 3 * count else { throw .unreadable }
    var components: [Component] = []
    for _ in 0..<count {
      let fields = Array(try scanner.take(3))
      let (across, down) = (Int(fields[1] >> 4), Int(fields[1] & 15))
      guard (1...4).contains(across), (1...4).contains(down), fields[2] <= 3 else { throw .unreadable }
      components.append(
        Component(name: fields[0], across: across, down: down, quantization: Int(fields[2]))
      )
    }
    self.components = components
  }

  var isProgressive: Bool { marker == 0xC2 }
  /// True if the codes are Huffman codes and the image is encoded in blocks (baseline, extended or progressive).
  var isFollowed: Bool { marker <= 0xC2 }

  private var mostAcross: Int { components.reduce(1) { max($0, $1.across) } }
  private var mostDown: Int { components.reduce(1) { max($0, $1.down) } }

  /// The number of MCUs in a scan of several components.
  var across: Int { (width + 8 * mostAcross - 1) / (8 * mostAcross) }
  var down: Int { (height + 8 * mostDown - 1) / (8 * mostDown) }

  /// Returns the number of blocks of a component in a scan of this component alone.
  func blocks(of component: Component) -> (across: Int, down: Int) {
    let wide = (width * component.across + mostAcross - 1) / mostAcross
    let high = (height * component.down + mostDown - 1) / mostDown
    return ((wide + 7) / 8, (high + 7) / 8)
  }

  var encoded: [UInt8] {
    var out = [0xFF, marker] + bigEndian(8 + 3 * components.count, 2) + [precision]
    out += bigEndian(height, 2) + bigEndian(width, 2) + [UInt8(components.count)]
    for component in components {
      out += [component.name, UInt8(component.across << 4 | component.down), UInt8(component.quantization)]
    }
    return out
  }
}
