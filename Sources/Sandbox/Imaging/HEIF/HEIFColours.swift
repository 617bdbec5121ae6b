internal import CVips
internal import Core

/// The colours that the properties of a picture state, by the numbers of ITU-T H.273 and by an ICC profile.
///
/// Source: ISO/IEC 14496-12 (12.1.5)
struct HEIFColours {
  struct Numbers: Equatable {
    var primaries: Int
    var transfer: Int
    var matrix: Int
    var isFull: Bool
  }

  private(set) var numbers: Numbers?
  private(set) var profile: [UInt8]?

  /// Reads the first statement of each kind.
  init(_ properties: [MediaBox]) throws(Refusal) {
    for property in properties where property.type == "colr" {
      var scanner = ByteScanner(property.content)
      let kind = try scanner.take(4)
      if kind.equals("nclx"), numbers == nil {
        numbers = Numbers(
          primaries: try scanner.bigEndian(2),
          transfer: try scanner.bigEndian(2),
          matrix: try scanner.bigEndian(2),
          isFull: try scanner.byte() & 0x80 != 0
        )
      } else if kind.equals("prof") || kind.equals("rICC"), profile == nil {
        profile = Array(try scanner.take(min(scanner.remaining, ICCProfile.maximumBytes + 1)))
      }
    }
  }

  /// Returns how the samples become colours: by the file's ICC profile, or else by `numbers`.
  ///
  /// The light of grey pixels does not depend on primaries.
  func colours(_ numbers: Numbers, _ model: ColourModel) -> Colours {
    if let profile { return Colours(of: profile, model) }
    guard model == .rgb else { return .standard }
    let points = [numbers.primaries, numbers.transfer, 0, 1].compactMap { UInt8(exactly: $0) }
    if let coding = CodePoints(points)?.coding, coding.light != .relative {
      return Colours(conversion: .coding(coding))
    }
    return Colours(of: NumberedProfile.bytes(primaries: numbers.primaries, transfer: numbers.transfer), model)
  }

  /// Returns the numbers of the file, or else those of the coded picture, or else those of the usual picture.
  ///
  /// libde265 reports a picture that says nothing as one of limited range, but such pictures use the full range.
  /// Source: ISO/IEC 23000-22 (7.3.6.4)
  func numbers(of picture: CodedPicture, isHEVC: Bool) -> Numbers {
    if let numbers { return numbers }
    let facts = picture.facts
    let saysNothing = facts.primaries == 2 && facts.matrix == 2 && isHEVC
    return Numbers(
      primaries: Int(facts.primaries),
      transfer: Int(facts.transfer),
      matrix: Int(facts.matrix),
      isFull: facts.is_full || saysNothing
    )
  }
}
