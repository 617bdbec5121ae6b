import Testing

@testable import Migration

@Suite struct FindingGroupTests {
  private func group(_ code: FindingCode, _ count: Int, new: Int = 0) -> FindingGroup {
    FindingGroup(code: code, count: count, new: new, staysBehind: code.staysBehind, examples: [], treatment: "")
  }

  @Test func `only folders and files that cannot be read count as unread, and all that stays behind is named`() {
    let groups = [
      group(.unreadableFolder, 2), group(.unreadableFile, 3, new: 1), group(.symlink, 4), group(.sameButForCase, 5),
    ]
    #expect(groups.unread == 5 && groups.stayBehind == 9 && groups.old == 13)
    #expect(groups.stayBehindWords.hasSuffix("files that cannot be read: 3, symbolic links: 4"))
  }
}
