import Core
import Testing

@Suite struct SpellingTests {
  private static let names = ["buckets", "config", "doctor", "jobs", "swap", "sweep", "token", "users", "variants"]

  @Test(arguments: [
    ("jbos", "jobs"), ("job", "jobs"), ("user", "users"), ("doctr", "doctor"), ("conifg", "config"),
    ("sweeep", "sweep"), ("Tokens", "token"), ("bucket", "buckets"),
  ]) func `a mistyped name finds the most similar one`(text: String, name: String) {
    #expect(Spelling.nearest(to: text, among: Self.names) == name)
  }

  @Test(arguments: ["", "x", "files", "nope", "restart", String(repeating: "jobs", count: 1000)])
  func `a name that resembles no other finds nothing`(text: String) {
    #expect(Spelling.nearest(to: text, among: Self.names) == nil)
  }
}
