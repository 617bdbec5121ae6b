import Core
import Testing

@testable import Migration

@Suite struct OwnerRuleTests {
  private func owner(_ rule: OwnerRule, _ path: String) -> String {
    switch rule.owner(of: Array(path.utf8)) {
    case .user(let user, let below): "\(user) \(String(decoding: below, as: UTF8.self))"
    case .noFolder: "no folder"
    case .noUser(let folder): "no user \(String(decoding: folder, as: UTF8.self))"
    }
  }

  @Test(arguments: [
    ("ada/a.jpg", "ada a.jpg"), ("ada/2019/a.jpg", "ada 2019/a.jpg"), ("auth0|64/x", "auth0|64 x"), ("x", "no folder"),
    ("a user/x", "no user a user"), ("é/x", "no user é"), ("ada/../x", "ada ../x"),
  ])
  func `the first folder is the user`(path: String, expected: String) {
    #expect(owner(.firstFolder, path) == expected)
  }

  @Test func `a folder that is not UTF-8 is no user`() {
    #expect(OwnerRule.firstFolder.owner(of: [0xFF, 0x2F, 0x61]) == .noUser(folder: [0xFF]))
  }

  @Test(arguments: [
    ("{shard}/{user}/**", "4f/ada/a/b", "ada a/b"), ("{shard}/{user}/**", "4f/ada", "no folder"),
    ("{shard}/{user}/**", "4f/ada/x", "ada x"), ("{user}/photos/**", "ada/photos/x", "ada photos/x"),
    ("{user}/photos/**", "ada/films/x", "no folder"), ("u-{user}.d/**", "u-ada.d/x", "ada x"),
    ("u-{user}.d/**", "u-.d/x", "no folder"), ("avatars/{user}.jpg", "avatars/ada.jpg", "ada avatars/ada.jpg"),
    ("avatars/{user}.jpg", "avatars/ada.png", "no folder"), ("*/{user}/*", "a/ada/x", "ada x"),
    ("*/{user}/*", "a/ada/x/y", "no folder"), ("{user}/**", "b b/x", "no user b b"),
  ])
  func `a pattern finds the user`(pattern: String, path: String, expected: String) throws {
    #expect(try owner(.pattern(OwnerPattern(pattern)), path) == expected)
  }

  @Test(arguments: [
    "", "**", "a/b", "{user}/{user}", "{user}*/**", "{a}{user}", "a/**/{user}", "{user", "user}", "{}/{user}",
    "{user}//x", "../{user}/**", "{us er}/x", "{user}/a**", String(repeating: "*/", count: 64) + "{user}",
  ])
  func `a malformed pattern is refused with a sentence`(pattern: String) {
    let error = #expect(throws: OwnerPattern.Malformed.self) { try OwnerPattern(pattern) }
    #expect(error?.description.hasSuffix(".") == true)
  }

  @Test func `a long hostile path is matched in linear time`() throws {
    let pattern = try OwnerPattern(String(repeating: "a*a/", count: 60) + "{user}/**")
    let path = String(repeating: String(repeating: "a", count: 255) + "/", count: 60) + "ada/x"
    let clock = ContinuousClock()
    let time = clock.measure { for _ in 0..<20 { _ = pattern.owner(of: Array(path.utf8)) } }
    #expect(time < .seconds(5))
    #expect(owner(.pattern(pattern), path) == "ada x")
  }

  @Test func `a table names the users of folders, and the deepest folder decides`() throws {
    let csv = "folder,user\r\n4f,ada\n4f/shared,bob\n\"a, \"\"b\"\"\",\"auth0|1\"\nlast,eve"
    let table = try OwnerTable(csv: Array(csv.utf8))
    #expect(table.count == 4)
    let rule = OwnerRule.table(table)
    #expect(owner(rule, "4f/x/y") == "ada x/y" && owner(rule, "4f/shared/y") == "bob y")
    #expect(owner(rule, "a, \"b\"/x") == "auth0|1 x" && owner(rule, "last/x") == "eve x")
    #expect(owner(rule, "other/x") == "no user other" && owner(rule, "x") == "no folder")
  }

  @Test(arguments: [
    ("", "line 1"), ("user,folder\n", "line 1"), ("folder,user\na\n", "line 2"), ("folder,user\na,b,c\n", "line 2"),
    ("folder,user\na,b c\n", "line 2"), ("folder,user\na,b\na,c\n", "line 3"),
    ("folder,user\n/a,b\n", "below the root"),
    ("folder,user\n..,b\n", "below the root"), ("folder,user\n\"a,b\n", "never closes"),
    ("folder,user\n\"a\"x,b\n", "closing quote"), ("folder,user\na\"b,c\n", "inside a field"),
    ("folder,user\na,b\rc,d\n", "carriage return"), ("folder,user\n\n", "line 2"), ("folder,user\na,\n", "line 2"),
    ("folder,user\n\"a\nb\",c\nd\n", "line 4"), ("folder,user\na\0,b\n", "zero byte"),
  ])
  func `a malformed table is refused with its line`(csv: String, words: String) {
    let error = #expect(throws: OwnerTable.Malformed.self) { try OwnerTable(csv: Array(csv.utf8)) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }
}
