internal import Core

/// What a document was found to do besides being read.
struct Findings {
  private(set) var content = ActiveContent.none

  mutating func note(_ found: ActiveContent) {
    if found == .active || content == .none { content = found }
  }
}
