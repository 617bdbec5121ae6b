import Core
import TestSupport
import Testing

@testable import Imaging

/// Runs the renderer as the decoder does, but in the test's process and without confinement.
struct Judging {
  let folder: ScratchFolder
  private let renderer: Renderer

  init(limits: DecoderLimits = DecoderLimits()) throws {
    folder = try ScratchFolder()
    renderer = try #require(Renderer(limits: limits))
  }

  func answer(_ bytes: [UInt8], as type: FileType) -> (reply: DecoderReply, renderings: [[UInt8]]) {
    let variants = VariantSpecification.defaults
    return renderer.answer(DecoderRequest(claimed: .checked(type), size: bytes.count, variants: variants), bytes)
  }

  /// Returns the rejection reason; nil if the file is accepted.
  func refusal(_ bytes: [UInt8], as type: FileType) -> RejectionReason? {
    if case .refused(let reason, _) = answer(bytes, as: type).reply { reason } else { nil }
  }

  /// Returns the facts and renderings of a file in the folder, and writes each rendering beside it as `name` plus the
  /// variant's name.
  func render(_ name: String, as type: FileType) throws -> Rendered {
    let answer = answer(try folder.bytes(name), as: type)
    guard case .decoded(let image, let facts) = answer.reply else {
      Issue.record("\(name): \(answer.reply.line)")
      throw CancellationError()
    }
    var files: [VariantName: String] = [:]
    for (fact, bytes) in zip(facts, answer.renderings) {
      files[fact.name] = "\(name).\(fact.name).\(fact.type.fileExtension)"
      try folder.write(bytes, to: files[fact.name, default: ""])
    }
    return Rendered(image: image, facts: facts, renderings: answer.renderings, files: files)
  }

  struct Rendered {
    let image: DecoderReply.ImageFacts
    let facts: [DecoderReply.RenderingFacts]
    let renderings: [[UInt8]]
    let files: [VariantName: String]

    /// The sizes in one line, such as `thumb 150×150, medium 600×400, original 600×400`.
    var sizes: String { facts.map { "\($0.name) \($0.width)×\($0.height)" }.joined(separator: ", ") }

    func file(_ name: VariantName) throws -> String { try #require(files[name]) }
  }
}
