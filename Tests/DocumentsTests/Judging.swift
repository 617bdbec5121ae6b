import Core
import TestSupport

@testable import Documents

/// Returns `accepted`, `passive` or `active` for an accepted document; otherwise the rejection reason as clients see
/// it.
func verdict(_ bytes: [UInt8], as type: FileType) -> String {
  switch Inspector.answer(DecoderRequest(claimed: .checked(type), size: bytes.count, variants: []), bytes) {
  case .refused(let reason, _): reason.rawValue
  case .decoded(let facts, _): facts.activeContent == .none ? "accepted" : facts.activeContent.rawValue
  }
}

let documents = FileType.allCases.filter { !$0.isImage }
