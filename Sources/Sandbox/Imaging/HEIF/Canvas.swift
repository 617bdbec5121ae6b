internal import CVips
internal import Core
internal import Glibc

/// Pixels with 8 bits per channel in memory, in which tiles are put together.
///
/// The colour and the transparency of a tile that reaches beyond the canvas are cut.
final class Canvas {
  private var canvas: cvips_canvas

  /// `bands` is 1 for grey or 3 for RGB, and one more with transparency.
  init(_ width: Int, _ height: Int, _ bands: Int) throws(Refusal) {
    guard let pixels = cvips_canvas_begin(Int32(width), Int32(height), Int32(bands)) else {
      throw Refusal(.unreadable, "no memory")
    }
    canvas = cvips_canvas(pixels: pixels, width: Int32(width), height: Int32(height), bands: Int32(bands))
  }

  deinit { free(canvas.pixels) }

  /// False if the picture's colours cannot be converted.
  func put(_ picture: CodedPicture, _ left: Int, _ top: Int, _ numbers: HEIFColours.Numbers) -> Bool {
    let matrix = Int32(numbers.matrix)
    return cvips_put_colours(&canvas, Int32(left), Int32(top), picture.handle, matrix, numbers.isFull)
  }

  func putAlpha(_ picture: CodedPicture, _ left: Int, _ top: Int) {
    cvips_put_alpha(&canvas, Int32(left), Int32(top), picture.handle)
  }

  func unmultiply() { cvips_unmultiply(&canvas) }

  /// Hands the pixels over to an image; the canvas is empty afterwards.
  func image() -> OpaquePointer? {
    defer { canvas.pixels = nil }
    return cvips_from_canvas(&canvas)
  }
}
