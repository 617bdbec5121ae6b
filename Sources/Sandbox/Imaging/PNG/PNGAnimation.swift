internal import Core

/// The frames of an animated PNG with valid order, sequence numbers and positions.
///
/// Source: https://www.w3.org/TR/png-3/#11Animation.chunks
struct PNGAnimation {
  struct Frame {
    /// The data of the `fcTL` chunk after its sequence number.
    let control: [UInt8]
    /// Nil if the frame is the default image, which every viewer shows.
    var image: PNGImage?
  }

  private let plays: ArraySlice<UInt8>
  private(set) var frames: [Frame]

  /// Collects frames from the chunks of a file.
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

    /// Reads a chunk; an invalid animation is dropped, and the default image stays.
    mutating func take(_ name: String, _ data: ArraySlice<UInt8>) {
      if !accept(name, data) { isBroken = true }
    }

    private mutating func accept(_ name: String, _ data: ArraySlice<UInt8>) -> Bool {
      if name == "acTL" {
        // Browsers ignore a repetition.
        if !plays.isEmpty { return true }
        guard data.count == 8, !sawPicture else { return false }
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

    /// Returns the animation; nil if there is none, or an invalid one.
    ///
    /// Browsers show the frames that are there, at most as many as the file announces.
    func finish() -> PNGAnimation? {
      let shown = Array(frames.prefix(announced))
      guard !isBroken, !shown.isEmpty, shown.last?.image?.pieces.isEmpty != true, !plays.isEmpty else { return nil }
      return PNGAnimation(plays: plays, frames: shown)
    }
  }

  /// Removes bytes without pixels from every frame, and adds the used colours to `used`.
  mutating func account(_ header: PNGHeader, anew: Bool, budget: inout PNGBudget, used: inout [Bool]) throws(Refusal) {
    for index in frames.indices {
      guard let image = frames[index].image else { continue }
      let (clean, colours) = try image.accounted(header, anew: anew, budget: &budget)
      frames[index].image = clean
      for colour in 0..<256 where colours[colour] { used[colour] = true }
    }
  }

  /// True if the default image is the first frame.
  var beginsWithPicture: Bool { frames.first.map { $0.image == nil } ?? false }

  /// Writes the chunks before the default image.
  func writeHead(to out: inout [UInt8]) {
    PNGFile.append("acTL", bigEndian(frames.count, 4) + plays, to: &out)
    if beginsWithPicture { PNGFile.append("fcTL", bigEndian(0, 4) + frames[0].control, to: &out) }
  }

  /// Writes the chunks after the default image.
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
