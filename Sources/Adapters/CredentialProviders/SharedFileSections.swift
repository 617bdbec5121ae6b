internal import Signing

/// The sections of a shared file, with the members that follow each.
///
/// A byte order mark at the start is skipped, as editors write one. Every other line that is no section, member,
/// comment or continuation is an error: what follows it could be meant for the profile that is looked for.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
struct SharedFileSections {
  /// The members by section; names of members are in lower case, and empty values stay.
  private(set) var members: [String: [String: String]] = [:]

  private let path: String
  private var number = 0
  private var section: String?
  /// The value of the member that an indented line continues; nil behind the line of a section.
  private var continued: String?

  /// Reads the content of the file at `path`; an error names the file and the line, and quotes nothing.
  init(_ bytes: [UInt8], path: String) throws(CredentialError) {
    self.path = path
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard let text = String(validating: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
    else { throw CredentialError("\(path): is not UTF-8") }
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      let content = line.drop(while: \.isWhitespace)
      guard let first = content.first, first != "#", first != ";" else { continue }
      if line.startIndex != content.startIndex {
        try checkContinuation(content)
      } else if first == "[" {
        try open(line)
      } else {
        try add(line)
      }
    }
  }

  private mutating func open(_ line: Substring) throws(CredentialError) {
    guard let end = line.firstIndex(of: "]") else { throw malformed("the ] of the section is missing") }
    let name = line[line.index(after: line.startIndex)..<end].split(whereSeparator: \.isWhitespace)
    guard !name.isEmpty else { throw malformed("the section has no name") }
    let rest = line[line.index(after: end)...].drop(while: \.isWhitespace)
    guard rest.isEmpty || rest.first == "#" || rest.first == ";" else {
      throw malformed("expected nothing behind the ] of the section")
    }
    let joined = name.joined(separator: " ")
    members[joined] = members[joined] ?? [:]
    section = joined
    continued = nil
  }

  private mutating func add(_ line: Substring) throws(CredentialError) {
    guard let equals = line.firstIndex(of: "=") else { throw malformed("expected [section] or name = value") }
    guard let section else { throw malformed("stands before the first [section]") }
    let name = trimmed(line[..<equals]).lowercased()
    guard !name.isEmpty else { throw malformed("the name before = is missing") }
    let value = uncommented(line[line.index(after: equals)...])
    members[section]?[name] = value
    continued = value
  }

  /// Checks an indented line, whose content no provider needs.
  ///
  /// A member with an empty value has nested members. Below another value, a member of a profile was indented by
  /// mistake.
  private func checkContinuation(_ content: Substring) throws(CredentialError) {
    guard let continued, content.first != "[" else { throw malformed("must not be indented") }
    let name = trimmed(content.prefix { $0 != "=" }).lowercased()
    if !continued.isEmpty, SharedFiles.own.contains(name) { throw malformed("must not be indented") }
  }

  private func malformed(_ what: String) -> CredentialError { CredentialError("\(path): line \(number): \(what)") }
}

/// Returns the value before a comment, which white space precedes.
private func uncommented(_ text: Substring) -> String {
  let comment = text.firstMatch(of: /\s[#;]/)?.range.lowerBound ?? text.endIndex
  return trimmed(text[..<comment])
}

private func trimmed(_ text: Substring) -> String {
  let start = text.drop(while: \.isWhitespace)
  let end = start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex
  return String(start[..<end])
}
