import Core
import TestSupport

@testable import Documents

/// `accepted`, `passive` or `active` for a document that is one; else the reason, in the words a client sees.
func verdict(_ bytes: [UInt8], as type: FileType) -> String {
  switch Inspector.answer(DecoderRequest(claimed: type, size: bytes.count, variants: []), bytes) {
  case .refused(let reason): reason.rawValue
  case .decoded(let facts, _): facts.activeContent == .none ? "accepted" : facts.activeContent.rawValue
  }
}

let documents = FileType.allCases.filter { !$0.isImage }
