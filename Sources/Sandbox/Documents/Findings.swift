internal import Core

/// The most serious active content found in a document so far.
struct Findings {
  private(set) var content = ActiveContent.none

  mutating func note(_ found: ActiveContent) {
    if found == .active || content == .none { content = found }
  }
}
