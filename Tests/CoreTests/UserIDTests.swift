import Core
import TestSupport
import Testing

@Suite struct UserIDTests {
  /// The 94 printable ASCII characters without the space.
  private static let printable = (UInt8(0x21)...0x7E).map { String(Unicode.Scalar($0)) }
  private static let unescaped = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-"

  @Test(arguments: ["a", "A.b_c@d-9", String(repeating: "u", count: 128), "...", "ada@example.com", "-", "_"])
  func `an identifier of letters, digits and ._@- is its own written form, as in keys of before`(text: String) throws {
    let user = try #require(UserID(text))
    #expect(user.description == text && user.written == text)
    #expect(UserID(written: text) == user && UserID(pathComponent: text) == user)
  }

  @Test(arguments: [
    ("auth0|64b7f0a1c2", "auth0~7C64b7f0a1c2"), ("google-oauth2|1", "google-oauth2~7C1"),
    ("eu-west-1:9f2b", "eu-west-1~3A9f2b"), ("a+b@example.com", "a~2Bb@example.com"), ("urn:x:y", "urn~3Ax~3Ay"),
    ("~", "~7E"), ("a/b", "a~2Fb"), ("*", "~2A"), ("%2F", "~252F"), ("..~", "..~7E"), ("a~2Fb", "a~7E2Fb"),
    ("../..", "..~2F.."), ("./", ".~2F"), ("~2E", "~7E2E"), ("?", "~3F"), ("\"", "~22"), ("\\", "~5C"),
  ])
  func `every other character is written as ~ and two uppercase digits`(text: String, written: String) throws {
    let user = try #require(UserID(text))
    #expect(user.written == written && user.description == text)
    #expect(UserID(written: written) == user && UserID(pathComponent: written) == user)
  }

  @Test func `each printable character has its own written form, which holds none but unreserved characters and @`() {
    var forms: Set<String> = []
    for character in Self.printable where character != "." {
      for text in Set([character, "a" + character, character + character]) where character != "a" {
        guard let user = UserID(text) else {
          #expect(text == "..", "\(text)")
          continue
        }
        #expect(user.written.allSatisfy { Self.unescaped.contains($0) || $0 == "~" }, "\(text)")
        #expect(UserID(written: user.written) == user, "\(text)")
        #expect(Self.unescaped.contains(character) == (user.written == text), "\(text)")
        #expect(forms.insert(user.written).inserted, "\(text)")
      }
    }
    #expect(Self.printable.count == 94)
  }

  @Test func `no two users share a written form`() {
    let alphabet = ["~", "2", "F", "f", "7", "E", "/", "%", ".", "a"]
    var forms: [String: String] = [:]
    func check(_ text: String) {
      guard let user = UserID(text) else {
        #expect(text.isEmpty || text == "." || text == "..")
        return
      }
      #expect(forms.updateValue(text, forKey: user.written) == nil, "\(text)")
      #expect(UserID(written: user.written)?.description == text)
    }
    var texts = [""]
    for _ in 0..<4 {
      texts = texts.flatMap { text in alphabet.map { text + $0 } }
      for text in texts { check(text) }
    }
    var generator = Seeded("users")
    var drawn: Set<String> = []
    while drawn.count < 2000 {
      let length = Int.random(in: 5...40, using: &generator)
      let text = (0..<length).map { _ in Self.printable.randomElement(using: &generator) ?? "" }.joined()
      if drawn.insert(text).inserted { check(text) }
    }
  }

  @Test func `a text that parses as a written form is the only written form of its user`() {
    let alphabet = ["~", "2", "F", "f", "7", "E", "C", "c", "4", "1", "/", "|", ".", "a"]
    var texts = [""]
    var forms: [UserID: String] = [:]
    for _ in 0..<4 {
      texts = texts.flatMap { text in alphabet.map { text + $0 } }
      for text in texts {
        guard let user = UserID(written: text) else { continue }
        #expect(user.written == text && forms.updateValue(text, forKey: user) == nil, "\(text)")
      }
    }
  }

  @Test(arguments: [
    "", ".", "..", "~", "~2", "a~", "~2f", "~7c", "a~2fb", "~41", "~2E", "~2E~2E", "~20", "~7F", "~00", "~0A", "~FF",
    "~C3~A4",
    "a|b", "a/b", "*", "a b", "%7C", "~~7E", "~7e", "~+2", "ä", "a~7CÄ", String(repeating: "u", count: 129),
  ])
  func `a text that no user is written as is refused`(text: String) {
    #expect(UserID(written: text) == nil)
  }

  @Test(arguments: [
    ("auth0|1", "auth0|1"), ("auth0~7C1", "auth0|1"), ("%2F", "%2F"), ("a+b@c", "a+b@c"), ("a~2Fb", "a/b"),
    ("a~7E2Fb", "a~2Fb"), ("*", "*"),
  ])
  func `a component of a URL is the written form, or the plain one without ~ and slash`(text: String, user: String) {
    #expect(UserID(pathComponent: text)?.description == user)
  }

  @Test(arguments: ["", ".", "..", "~", "a~b", "~2f", "~2E", "a/b", "a b", "ä", "a\u{0}"])
  func `a component that could name two users names nobody`(text: String) {
    #expect(UserID(pathComponent: text) == nil)
  }

  @Test(arguments: ["", ".", "..", " ", "a b", "a ", "ä", "a\u{0}", "a\n", "a\u{7F}", "a\u{202E}", "ａ"])
  func `an identifier of other characters is refused`(text: String) {
    #expect(UserID(text) == nil)
  }

  @Test func `an identifier has at most 128 characters, and 256 in the written form`() throws {
    let longest = try #require(UserID(String(repeating: "|", count: 64) + String(repeating: "a", count: 64)))
    #expect(longest.written.utf8.count == 256 && UserID(written: longest.written) == longest)
    #expect(UserID(String(repeating: "|", count: 85)) != nil)
    #expect(UserID(String(repeating: "|", count: 86)) == nil)
    #expect(UserID(String(repeating: "|", count: 65) + String(repeating: "a", count: 63)) == nil)
    #expect(UserID(String(repeating: "a", count: 129)) == nil)
    #expect(UserID(written: String(repeating: "~7C", count: 86)) == nil)
  }
}
