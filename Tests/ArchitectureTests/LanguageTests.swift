import Foundation
import Testing

/// A form of comment that readers have to solve like a riddle, and a form to write instead.
private struct RefusedForm: Sendable, CustomTestStringConvertible {
  let name: String
  let pattern: String
  let instead: String

  var testDescription: String { name }

  init(_ name: String, pattern: String, instead: String) {
    self.name = name
    self.pattern = pattern
    self.instead = instead
  }

  /// Matches words at the start of a line or of a sentence.
  init(opening words: String, instead: String) {
    self.init(words, pattern: "(?:^|[.:;!?] )\(words)\\b", instead: instead)
  }

  /// Matches words at any place.
  init(_ words: String, instead: String) { self.init(words, pattern: "\\b\(words)\\b", instead: instead) }

  static let all = [
    RefusedForm(opening: "What", instead: "the thing itself: 'The response to a claim.'"),
    RefusedForm(opening: "Whether", instead: "'True if …', or 'Returns true if …' for a function"),
    RefusedForm(opening: "Where", instead: "'If …' for a condition, 'The path of …' for a place"),
    RefusedForm(opening: "Not unless", instead: "'Default: false.'"),
    RefusedForm(opening: "Nothing but", instead: "'Only …'"),
    RefusedForm(opening: "Of what", instead: "the subject first: 'The worker hashes the bytes.'"),
    RefusedForm(opening: "Also where", instead: "'… also if …', with a subject"),
    RefusedForm("whoever", pattern: "\\b[Ww]hoever\\b", instead: "the person or the program: 'A client that …'"),
    RefusedForm(
      "as … has it",
      pattern: "\\b[Aa]s [\\w' ]+ has it\\b",
      instead: "the subject first: 'Ceph encodes keys.'"
    ),
    RefusedForm("none either", instead: "the positive statement: 'Any other answer is a refusal.'"),
    RefusedForm(
      "that is none",
      pattern: "\\b(?:that|which) (?:is|are) none\\b",
      instead: "an adjective: 'an invalid range'"
    ),
    RefusedForm("shall", instead: "'must', or the present tense"),
    RefusedForm(
      "of its own",
      pattern: "\\bof (?:its|his|her|their|our) own\\b",
      instead: "'a separate …', 'a private …' or 'a temporary …'"
    ),
    RefusedForm("so many", instead: "the number's name: 'Requires `count` bytes.'"),
    RefusedForm("nobody's business", instead: "the effect: 'The client gets a problem document instead.'"),
  ]
}

/// The comments of one file, one line each.
private struct CommentedFile: Sendable {
  let name: String
  let numbers: [Int]
  let text: String

  /// Reads the comments of a file; nil if the file has none.
  init?(_ name: String, _ source: String) {
    let hasSlashes = ["swift", "h", "c", "js", "mjs"].contains(URL(filePath: name).pathExtension)
    let marks = hasSlashes ? ["///", "//", "/**", "/*", "*"] : ["#"]
    var numbers: [Int] = []
    var lines: [String] = []
    for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let bare = line.drop { $0 == " " }
      guard let mark = marks.first(where: bare.hasPrefix), !bare.hasPrefix("#!") else { continue }
      numbers.append(index + 1)
      lines.append(String(bare.dropFirst(mark.count).drop { $0 == " " }))
    }
    guard !lines.isEmpty else { return nil }
    self.name = name
    self.numbers = numbers
    text = lines.joined(separator: "\n")
  }

  /// Returns the numbers and texts of the lines that match `pattern`.
  func matches(of pattern: NSRegularExpression) -> [(number: Int, text: String)] {
    let whole = NSString(string: text)
    return pattern.matches(in: text, range: NSRange(location: 0, length: whole.length)).map { match in
      let index = whole.substring(to: match.range.location).count { $0 == "\n" }
      let line = whole.substring(with: whole.lineRange(for: match.range))
      return (numbers[index], line.trimmingCharacters(in: .newlines))
    }
  }

  /// The commented files of the product, its configuration, its scripts and its tests.
  static let all = Result { try ["Sources", "Tests", "nginx", "conf", "script"].flatMap(files) }

  private static func files(in folder: String) throws -> [CommentedFile] {
    let base = SourceTree.root.appending(path: folder)
    var files: [CommentedFile] = []
    for path in try FileManager.default.subpathsOfDirectory(atPath: base.path).sorted() where isSource(path) {
      guard let source = try? String(contentsOf: base.appending(path: path), encoding: .utf8) else { continue }
      if let file = CommentedFile("\(folder)/\(path)", source) { files.append(file) }
    }
    return files
  }

  /// Returns true for source files by their extension, and for scripts without one.
  private static func isSource(_ path: String) -> Bool {
    ["swift", "h", "c", "js", "mjs", "py", "bash", "conf", "env", ""].contains(URL(filePath: path).pathExtension)
  }
}

@Suite struct LanguageTests {
  private func expression(_ form: RefusedForm) throws -> NSRegularExpression {
    try NSRegularExpression(pattern: form.pattern, options: .anchorsMatchLines)
  }

  @Test(arguments: RefusedForm.all) fileprivate func `comments avoid forms that read like riddles`(form: RefusedForm)
    throws
  {
    let pattern = try expression(form)
    let files = try CommentedFile.all.get()
    #expect(files.count > 700)
    for file in files {
      for match in file.matches(of: pattern) {
        let place = "\(file.name):\(match.number)"
        Issue.record("\(place): not '\(form.name)'. Write \(form.instead). The comment: \(match.text)")
      }
    }
  }

  @Test(arguments: [
    ("a.swift", "/// Whether the file is ready.", 1), ("a.swift", "  let a = 1\n  /// What it gets.\n", 1),
    ("a.swift", "/// Default: false. Not unless asked.", 1), ("a.conf", "# Also where a store knows no ranges.", 1),
    ("a.js", " * As Ceph has it: encoded.\n * A key that is none.", 2), ("a", "#!/bin/sh\n# For whoever asks.", 1),
    ("a.swift", "let text = \"Whether\" + \"shall\"", 0), ("a.swift", "/// True if the file is ready.", 0),
    ("a.py", "shall = 1\n# Somewhat, Whatsoever, marshall, its own.", 0),
  ])
  func `a refused form is found in comments only`(name: String, source: String, count: Int) throws {
    let patterns = try RefusedForm.all.map(expression)
    let found = patterns.flatMap { CommentedFile(name, source)?.matches(of: $0) ?? [] }
    #expect(found.count == count, "\(found.map(\.text))")
  }
}
