internal import CVips
internal import Core
internal import Glibc

/// A scan of a JPEG: its header, its tables and its data.
///
/// Source: https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.2.3, annexes F and G)
struct JPEGScan {
  private struct Part {
    /// The index of the component in the frame.
    let component: Int
    let dc: Int
    let ac: Int
  }

  private let parts: [Part]
  private let from: Int
  private let to: Int
  private let before: Int
  private let after: Int
  private let kind: cvips_scan_kind
  let tables: JPEGTables
  var data: ArraySlice<UInt8>

  init(_ payload: ArraySlice<UInt8>, _ frame: JPEGFrame, _ tables: JPEGTables) throws(Refusal) {
    var scanner = ByteScanner(payload)
    let count = Int(try scanner.byte())
    guard (1...4).contains(count), scanner.remaining == 2 * count + 3 else { throw .unreadable }
    var parts: [Part] = []
    for _ in 0..<count {
      let name = try scanner.byte()
      let numbers = try scanner.byte()
      let taken = parts.map(\.component)
      guard
        let place = frame.components.indices.first(where: { frame.components[$0].name == name && !taken.contains($0) })
      else { throw .unreadable }
      parts.append(Part(component: place, dc: Int(numbers >> 4), ac: Int(numbers & 15)))
    }
    let range = Array(try scanner.take(3))
    if frame.isProgressive {
      (from, to, before, after) = (Int(range[0]), Int(range[1]), Int(range[2] >> 4), Int(range[2] & 15))
      guard from == 0 && to == 0 || (1...63).contains(from) && (from...63).contains(to) && count == 1 else {
        throw .unreadable
      }
      kind = from == 0 ? before == 0 ? CVIPS_FIRST_DC : CVIPS_REFINE_DC : before == 0 ? CVIPS_FIRST_AC : CVIPS_REFINE_AC
    } else {
      (from, to, before, after) = (0, 63, 0, 0)
      kind = CVIPS_SEQUENTIAL
    }
    self.parts = parts
    self.tables = tables
    data = []
    // Decoders ignore the numbers of tables that the scan does not use.
    guard (dcNumbers.max() ?? 0) <= 3, (acNumbers.max() ?? 0) <= 3 else { throw .unreadable }
  }

  var components: [Int] { parts.map(\.component) }
  private var usesDC: Bool { kind == CVIPS_SEQUENTIAL || kind == CVIPS_FIRST_DC }
  private var usesAC: Bool { kind != CVIPS_FIRST_DC && kind != CVIPS_REFINE_DC }

  /// The numbers of the tables that the scan uses.
  var dcNumbers: Set<Int> { usesDC ? Set(parts.map(\.dc)) : [] }
  var acNumbers: Set<Int> { usesAC ? Set(parts.map(\.ac)) : [] }

  /// True if the scan uses two codes for one symbol.
  ///
  /// No encoder writes such tables. The choice between the two codes could hold hidden data.
  var isAmbiguous: Bool {
    dcNumbers.contains { tables.dc[$0]?.isAmbiguous == true }
      || acNumbers.contains { tables.ac[$0]?.isAmbiguous == true }
  }

  /// Records which bits of the coefficients the scan transmits.
  func note(in progress: inout JPEGProgress) throws(Refusal) {
    for part in parts { try progress.take(from...to, of: part.component, before: before, after: after) }
  }

  func header(_ frame: JPEGFrame) -> [UInt8] {
    var out = [0xFF, 0xDA] + bigEndian(6 + 2 * parts.count, 2) + [UInt8(parts.count)]
    for part in parts {
      out += [frame.components[part.component].name, UInt8((usesDC ? part.dc : 0) << 4 | (usesAC ? part.ac : 0))]
    }
    return out + [UInt8(from), UInt8(to), UInt8(before << 4 | after)]
  }

  /// Returns the scan's data up to the last code of the last block; nil if the data is damaged or lacks
  /// a table.
  ///
  /// `masks` has the coefficients that earlier scans transmitted, by component. `met` has the coefficients that are not
  /// zero in some block; it is set only for components with unusual quantization steps.
  func accounted(_ frame: JPEGFrame, masks: inout [[UInt64]], met: inout [UInt64]) throws(Refusal) -> ArraySlice<UInt8>?
  {
    var scan = cvips_scan()
    scan.kind = kind
    scan.from = Int32(from)
    scan.to = Int32(to)
    scan.restart = tables.restartInterval
    (scan.across, scan.down) = (frame.across, frame.down)
    if parts.count == 1 { (scan.across, scan.down) = frame.blocks(of: frame.components[parts[0].component]) }
    scan.stride = scan.across
    guard let owners = try fill(&scan, frame) else { return nil }
    defer {
      withUnsafeBytes(of: scan.blocks) { room in
        for (block, owner) in zip(room.bindMemory(to: cvips_scan_block.self), owners) { met[owner] |= block.met }
      }
    }
    guard kind == CVIPS_FIRST_AC || kind == CVIPS_REFINE_AC else { return follow(&scan) }
    let component = parts[0].component
    if masks[component].isEmpty { masks[component] = [UInt64](repeating: 0, count: scan.across * scan.down) }
    return masks[component].withUnsafeMutableBufferPointer {
      scan.masks = $0.baseAddress
      return follow(&scan)
    }
  }

  /// Fills in the blocks of an MCU with their tables; returns the component of each block, or nil if a table is missing.
  private func fill(_ scan: inout cvips_scan, _ frame: JPEGFrame) throws(Refusal) -> [Int]? {
    var owners: [Int] = []
    var blocks: [cvips_scan_block] = []
    for part in parts {
      let component = frame.components[part.component]
      var block = cvips_scan_block()
      block.is_noted = tables.quantization[component.quantization]?.isUsual == false
      if usesDC {
        guard let table = tables.dc[part.dc] else { return nil }
        block.dc = try table.follower()
      }
      if usesAC {
        guard let table = tables.ac[part.ac] else { return nil }
        block.ac = try table.follower()
      }
      let count = parts.count == 1 ? 1 : component.across * component.down
      blocks += repeatElement(block, count: count)
      owners += repeatElement(part.component, count: count)
    }
    guard blocks.count <= 10 else { throw .unreadable }
    scan.block_count = Int32(blocks.count)
    withUnsafeMutableBytes(of: &scan.blocks) { room in
      blocks.withUnsafeBytes { room.copyMemory(from: $0) }
    }
    return owners
  }

  private func follow(_ scan: inout cvips_scan) -> ArraySlice<UInt8>? {
    var cut: UnsafeMutableRawPointer?
    var length = 0
    let answer = data.withUnsafeBytes { cvips_scan(&scan, $0.baseAddress, $0.count, &cut, &length) }
    defer { free(cut) }
    switch answer {
    case CVIPS_SCAN_EXACT: return data
    case CVIPS_SCAN_CUT: return Array(UnsafeRawBufferPointer(start: cut, count: length))[...]
    default: return nil
    }
  }
}
