import Foundation
import Testing

/// One page of the documentation, read as GitHub shows it.
struct MarkdownPage {
  /// A link to a file of the repository, or to a heading in a file.
  struct Link {
    let text: String
    /// The target file of the link; the page itself if the link only names a heading.
    let file: URL
    let anchor: String?
  }

  let file: URL
  let lines: [String]

  init(_ file: URL) throws {
    self.file = file
    lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// Every page of the repository; hidden folders, such as those of builds, have none.
  static func all() throws -> [MarkdownPage] {
    let files = try #require(
      FileManager.default.enumerator(at: SourceTree.root, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
    )
    return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "md" }.sorted { $0.path < $1.path }
      .map { try MarkdownPage($0) }
  }

  /// The pages below one folder.
  static func all(below folder: String) throws -> [MarkdownPage] {
    try all().filter { $0.name.hasPrefix(folder + "/") }
  }

  /// The path from the repository's root.
  var name: String { String(file.standardizedFileURL.path.dropFirst(SourceTree.root.path.count + 1)) }

  /// The number of lines, as `wc -l` counts them.
  var lineCount: Int { lines.last == "" ? lines.count - 1 : lines.count }

  /// The lines that are not in a block of code.
  var prose: [String] {
    var isCode = false
    return lines.filter { line in
      guard !line.trimmingPrefix(while: \.isWhitespace).hasPrefix("```") else {
        isCode.toggle()
        return false
      }
      return !isCode
    }
  }

  /// The texts of all headings, with the markup that is in them.
  var headings: [String] { prose.compactMap { $0.firstMatch(of: /^#{1,6} (.+)$/).map { String($0.1) } } }

  /// The anchors that links can lead to: one for each heading.
  ///
  /// An anchor is the heading in lower case, without punctuation, with hyphens for spaces. A repeated heading gets
  /// a number. Source: https://docs.github.com/get-started/writing-on-github (section links)
  var anchors: Set<String> {
    var counts: [String: Int] = [:]
    return Set(
      headings.map { heading in
        let text = heading.replacing(/\[([^\]]*)\]\([^)]*\)/) { String($0.1) }
        let name = String(
          text.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " }
        ).replacingOccurrences(of: " ", with: "-")
        defer { counts[name, default: 0] += 1 }
        return counts[name].map { "\(name)-\($0)" } ?? name
      }
    )
  }

  /// The links to files and headings of the repository.
  var links: [Link] {
    prose.flatMap { line in
      line.replacing(/`[^`]*`/, with: "").matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
    }.filter { !$0.contains(/^[a-z]+:/) }.map { text in
      let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let target = parts[0].isEmpty ? file : file.deletingLastPathComponent().appending(path: parts[0])
      return Link(text: text, file: target.standardizedFileURL, anchor: parts.count == 2 ? parts[1] : nil)
    }
  }
}
