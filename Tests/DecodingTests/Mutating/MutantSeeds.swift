import Core
import Foundation
import TestSupport
import Testing

/// A kind of file with its valid samples: a type, or one of two kinds of JPEG.
struct MutantKind: CustomTestStringConvertible, Sendable {
  let name: String
  let type: FileType

  /// All types that the decoder knows; a new type joins with a sample that `seeds.py` writes.
  static let all = FileType.allCases.flatMap { type in
    (type == .jpeg ? ["jpeg", "progressive"] : [type.rawValue]).map { MutantKind(name: $0, type: type) }
  }

  var testDescription: String { name }

  /// The valid files of this kind.
  func seeds() throws -> [Mutator.Seed] {
    let folder = try Self.folder.get()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("\(name)-") }
    var seeds = try names.sorted().map { Mutator.Seed(name: $0, bytes: try folder.bytes($0)) }
    if !type.isImage {
      let small = type == .pdf ? Document.pdf(comment: "a comment") : Document.small(type)
      seeds.append(Mutator.Seed(name: "\(name)-small.\(type.fileExtension)", bytes: small))
    }
    return seeds
  }

  private static let folder = Result {
    let folder = try ScratchFolder()
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let python = here.appending(path: "../../../.venv/bin/python").standardized.path
    try folder.run(python, ["-B", here.appending(path: "../Python/seeds.py").path])
    return folder
  }
}
