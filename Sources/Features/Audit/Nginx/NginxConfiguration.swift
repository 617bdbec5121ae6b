import Foundation

/// One directive of nginx's configuration, with its block.
struct NginxDirective: Sendable {
  let name: String
  let arguments: [String]
  /// The directives inside the braces; nil for a simple directive.
  let block: [NginxDirective]?
  /// The file and the line.
  let place: String

  /// The directive as one line, without its block.
  var line: String { "\(place): \(([name] + arguments).joined(separator: " "))" }
}

/// The configuration of nginx with all its includes, as nginx reads it.
///
/// Source: https://nginx.org/en/docs/beginners_guide.html#conf_structure
struct NginxConfiguration: Sendable {
  /// The reason why a configuration cannot be read.
  struct Unreadable: Error {
    let reason: String
  }

  /// The directives outside of all blocks.
  let root: [NginxDirective]
  /// The folder to which the paths of includes and keys are relative.
  let folder: String

  private static let maximumBytes = 1 << 20
  /// Counts each include: the site's own routes are some 150.
  private static let maximumFiles = 3000

  /// Reads the file at `path` and everything that it includes.
  init(_ path: String) throws(Unreadable) {
    folder = URL(filePath: path).deletingLastPathComponent().path
    var count = 0
    root = try Self.read(path, folder, &count, depth: 0)
  }

  private static func read(
    _ path: String,
    _ folder: String,
    _ count: inout Int,
    depth: Int
  ) throws(Unreadable) -> [NginxDirective] {
    count += 1
    guard depth < 16, count <= maximumFiles else { throw Unreadable(reason: "\(path): too many includes") }
    guard let file = FileHandle(forReadingAtPath: path) else { throw Unreadable(reason: "\(path): cannot be read") }
    let data: Data
    do { data = try file.read(upToCount: maximumBytes + 1) ?? Data() } catch {
      throw Unreadable(reason: "\(path): cannot be read")
    }
    guard data.count <= maximumBytes else { throw Unreadable(reason: "\(path): more than \(maximumBytes) bytes") }
    var words = NginxWords(String(decoding: data, as: UTF8.self), path)
    return try directives(&words, folder, &count, depth, isInner: false)
  }

  private static func directives(
    _ words: inout NginxWords,
    _ folder: String,
    _ count: inout Int,
    _ depth: Int,
    isInner: Bool
  ) throws(Unreadable) -> [NginxDirective] {
    guard depth < 64 else { throw Unreadable(reason: "\(words.path): too many blocks") }
    var found: [NginxDirective] = []
    var statement: [String] = []
    while let word = try words.next() {
      let place = "\(words.path):\(words.line)"
      switch word {
      case .text(let text): statement.append(text)
      case .end:
        guard let name = statement.first else { continue }
        if name == "include", let pattern = statement.last, statement.count == 2 {
          for path in included(pattern, folder) { found += try read(path, folder, &count, depth: depth + 1) }
        } else {
          found.append(
            NginxDirective(name: name, arguments: Array(statement.dropFirst()), block: nil, place: place)
          )
        }
        statement = []
      case .open:
        let block = try directives(&words, folder, &count, depth + 1, isInner: true)
        let name = statement.first ?? ""
        found.append(NginxDirective(name: name, arguments: Array(statement.dropFirst()), block: block, place: place))
        statement = []
      case .close:
        guard isInner, statement.isEmpty else { throw Unreadable(reason: "\(place): unexpected }") }
        return found
      }
    }
    guard !isInner, statement.isEmpty else { throw Unreadable(reason: "\(words.path): ends within a block") }
    return found
  }

  /// Returns the files of an include in the order in which nginx reads them.
  private static func included(_ pattern: String, _ folder: String) -> [String] {
    let path = pattern.hasPrefix("/") ? pattern : "\(folder)/\(pattern)"
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [path] }
    var matches = glob_t()
    defer { globfree(&matches) }
    guard glob(path, 0, nil, &matches) == 0 else { return [] }
    return (0..<Int(matches.gl_pathc)).compactMap { index in matches.gl_pathv[index].map { String(cString: $0) } }
  }
}

/// The words of one file.
struct NginxWords {
  enum Word {
    case text(String)
    case end, open, close
  }

  let path: String
  private(set) var line = 1
  private var rest: Substring.UnicodeScalarView

  init(_ text: String, _ path: String) {
    self.path = path
    rest = text[...].unicodeScalars
  }

  private mutating func take() -> Unicode.Scalar? {
    guard let scalar = rest.popFirst() else { return nil }
    if scalar == "\n" { line += 1 }
    return scalar
  }

  /// Returns the next word; nil at the end of the file.
  mutating func next() throws(NginxConfiguration.Unreadable) -> Word? {
    while let scalar = take() {
      switch scalar {
      case " ", "\t", "\r", "\n": continue
      case "#": while let other = take(), other != "\n" {}
      case ";": return .end
      case "{": return .open
      case "}": return .close
      case "\"", "'": return .text(try quoted(by: scalar))
      default: return .text(bare(from: scalar))
      }
    }
    return nil
  }

  private mutating func quoted(by quote: Unicode.Scalar) throws(NginxConfiguration.Unreadable) -> String {
    var text = String.UnicodeScalarView()
    while let scalar = take() {
      if scalar == quote { return String(text) }
      if scalar == "\\", let next = rest.first, next == quote || next == "\\" {
        text.append(take() ?? quote)
      } else {
        text.append(scalar)
      }
    }
    throw .init(reason: "\(path): a quotation without an end")
  }

  private mutating func bare(from first: Unicode.Scalar) -> String {
    var text = String.UnicodeScalarView([first])
    while let scalar = rest.first {
      if scalar == "{", text.last == "$" {
        // A variable such as ${name}.
      } else if [" ", "\t", "\r", "\n", ";", "{"].contains(scalar) {
        break
      }
      text.append(take() ?? scalar)
      if scalar == "\\", let escaped = take() { text.append(escaped) }
    }
    return String(text)
  }
}
