internal import Core

/// The frames of an animated PNG, which keep to their order, their numbers and the canvas.
///
/// Source: https://www.w3.org/TR/png-3/#11Animation.chunks
struct PNGAnimation {
  struct Frame {
    /// `fcTL` behind its sequence number.
    let control: [UInt8]
    /// Nil where the frame is the picture that everybody shows.
    var image: PNGImage?
  }

  private let plays: ArraySlice<UInt8>
  private(set) var frames: [Frame]

  /// Gathers frames as their chunks come.
  struct Reader {
    private let width: Int
    private let height: Int
    private(set) var announced = 0
    private var plays: ArraySlice<UInt8> = []
    private var frames: [Frame] = []
    private var next = 0
    private var sawPicture = false
    private var isBroken = false

    init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }

    var count: Int { frames.count }

    mutating func takePicture() { sawPicture = true }

    /// Breaks no file: an animation that does not keep to the rules is none, and the picture alone is left.
    mutating func take(_ name: String, _ data: ArraySlice<UInt8>) {
      if !accept(name, data) { isBroken = true }
    }

    private mutating func accept(_ name: String, _ data: ArraySlice<UInt8>) -> Bool {
      if name == "acTL" {
        guard data.count == 8, plays.isEmpty, !sawPicture else { return false }
        announced = number(data.prefix(4))
        plays = data.dropFirst(4)
        return true
      }
      guard data.count >= 4, number(data.prefix(4)) == next else { return false }
      next += 1
      if name == "fdAT" {
        guard sawPicture, frames.last?.image != nil else { return false }
        frames[frames.count - 1].image?.pieces.append(data.dropFirst(4))
        return true
      }
      guard data.count == 26, frames.last?.image?.pieces.isEmpty != true, sawPicture || frames.isEmpty else {
        return false
      }
      let control = Array(data.dropFirst(4))
      let numbers = (0..<4).map { number(control[4 * $0..<4 * $0 + 4]) }
      let (wide, high, left, top) = (numbers[0], numbers[1], numbers[2], numbers[3])
      guard wide > 0, high > 0, left + wide <= width, top + high <= height, control[20] <= 2, control[21] <= 1 else {
        return false
      }
      guard sawPicture || wide == width && high == height else { return false }
      frames.append(Frame(control: control, image: sawPicture ? PNGImage(width: wide, height: high, pieces: []) : nil))
      return true
    }

    /// Nil where there is no animation.
    func finish() -> PNGAnimation? {
      guard !isBroken, !frames.isEmpty, frames.count == announced, frames.last?.image?.pieces.isEmpty != true,
        !plays.isEmpty
      else { return nil }
      return PNGAnimation(plays: plays, frames: frames)
    }
  }

  /// Leaves of every frame what its pixels need, and notes the colours that they use.
  mutating func account(_ header: PNGHeader, anew: Bool, budget: inout Int, used: inout [Bool]) throws(Refusal) {
    for index in frames.indices {
      guard let image = frames[index].image else { continue }
      let (clean, colours) = try image.accounted(header, anew: anew, budget: &budget)
      frames[index].image = clean
      for colour in 0..<256 where colours[colour] { used[colour] = true }
    }
  }

  private var beginsWithPicture: Bool { frames.first.map { $0.image == nil } ?? false }

  /// What goes before the picture that everybody shows.
  func writeHead(to out: inout [UInt8]) {
    PNGFile.append("acTL", bigEndian(frames.count, 4) + plays, to: &out)
    if beginsWithPicture { PNGFile.append("fcTL", bigEndian(0, 4) + frames[0].control, to: &out) }
  }

  /// What goes behind it.
  func writeRest(to out: inout [UInt8]) {
    var sequence = beginsWithPicture ? 1 : 0
    for frame in frames {
      guard let image = frame.image else { continue }
      PNGFile.append("fcTL", bigEndian(sequence, 4) + frame.control, to: &out)
      sequence += 1
      for piece in image.pieces {
        PNGFile.append("fdAT", bigEndian(sequence, 4) + piece, to: &out)
        sequence += 1
      }
    }
  }
}
