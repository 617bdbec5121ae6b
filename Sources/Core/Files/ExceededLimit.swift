/// The limit that a rejected file exceeds, in numbers.
///
/// The decoder measures the numbers; every text is made from them, never from the file's own text.
public struct ExceededLimit: Hashable, Sendable {
  /// The quantity that is limited; the raw values are part of the API.
  public enum Quantity: String, Sendable, CaseIterable {
    /// The pixels of one frame.
    case pixels
    /// The pixels of the longer side.
    case side
    /// The longer side divided by the shorter side, rounded up.
    case aspectRatio = "aspect_ratio"
    /// The frames of an animation.
    case frames
    /// The pixels of all frames together.
    case framePixels = "frame_pixels"
    /// The uncompressed bytes of all frames together.
    case frameBytes = "frame_bytes"
    /// The memory that decoding the image needs, in bytes.
    case memory
    /// The CPU time that decoding the file takes, in seconds.
    case cpuSeconds = "cpu_seconds"
    /// The length of the file, in bytes.
    case fileBytes = "file_bytes"
    /// The bytes of all renderings together.
    case renderedBytes = "rendered_bytes"
  }

  /// The largest value that a message may carry.
  private static let largest = Int(Int64.max / 2)

  /// The quantity that is limited.
  public let quantity: Quantity
  /// The value of the file.
  public let value: Int
  /// The limit.
  public let limit: Int
  /// The width of the image, in pixels; 0 if the limit has nothing to do with it.
  public let width: Int
  /// The height of the image, in pixels; 0 if the limit has nothing to do with it.
  public let height: Int

  /// Creates the description of a file whose `value` is above `limit`; a value above 2^62 counts as that.
  public init(_ quantity: Quantity, _ value: Int, limit: Int, width: Int = 0, height: Int = 0) {
    self.quantity = quantity
    self.value = min(value, Self.largest)
    self.limit = limit
    self.width = width
    self.height = height
  }

  /// The numbers as one ASCII word without spaces, such as `pixels:199756800:110000000:16320:12240`.
  public var word: String { "\(quantity.rawValue):\(value):\(limit):\(width):\(height)" }

  /// Nil unless `word` is the exact text of an exceeded limit.
  public init?(word: String) {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let numbers = parts.dropFirst().compactMap { Int($0) }
    guard parts.count == 5, numbers.count == 4, let quantity = Quantity(rawValue: parts[0]),
      numbers.allSatisfy({ (0...Self.largest).contains($0) }), numbers[0] > numbers[1]
    else { return nil }
    self.init(quantity, numbers[0], limit: numbers[1], width: numbers[2], height: numbers[3])
    guard self.word == word else { return nil }
  }

  /// The explanation in English, such as `16,320 × 12,240 pixels: 199.8 megapixels, and the limit is 110`.
  public var text: String {
    let size = "\(Wording.grouped(width)) × \(Wording.grouped(height)) pixels"
    let most = "the limit is"
    switch quantity {
    case .pixels: return "\(size): \(compared(in: "pixels", unit: " megapixels", Self.megapixels))"
    case .side: return "\(size): the longer side has \(Wording.grouped(value)), and \(most) \(Wording.grouped(limit))"
    case .aspectRatio:
      return "\(size): the longer side is over \(limit) times the shorter side, and \(most) \(limit) times"
    case .frames: return "\(Wording.grouped(value)) frames, and \(most) \(Wording.grouped(limit))"
    case .framePixels: return "all frames together have \(compared(in: "pixels", unit: " megapixels", Self.megapixels))"
    case .frameBytes: return "all frames together, uncompressed, have \(comparedBytes)"
    case .memory: return "\(size): an image of this size and kind needs memory of \(comparedBytes)"
    case .cpuSeconds: return "decoding the file takes over \(Wording.grouped(limit)) s of CPU time, which is the limit"
    case .fileBytes: return "the file has \(comparedBytes)"
    case .renderedBytes: return "its renderings have \(comparedBytes)"
    }
  }

  /// Returns `199.8 megapixels, and the limit is 110`; in whole units if the rounded numbers are equal or the limit is
  /// below one.
  private func compared(in whole: String, unit: String = "", _ format: (Int) -> String) -> String {
    let (have, may) = (format(value), format(limit))
    if have != may, !may.hasPrefix("0") { return "\(have)\(unit), and the limit is \(may)" }
    return "\(Wording.grouped(value)) \(whole), and the limit is \(Wording.grouped(limit))"
  }

  private var comparedBytes: String { compared(in: "bytes") { Wording.bytes(Int64($0)) } }

  private static func megapixels(_ count: Int) -> String {
    let tenths = (count + 50_000) / 100_000
    return Wording.grouped(tenths / 10) + (tenths.isMultiple(of: 10) ? "" : ".\(tenths % 10)")
  }
}
