import Core
import Foundation
import Synchronization
import TestSupport
import Testing

/// Chromium, which shows tests how an image looks; one process serves all tests.
final class Browser: Sendable {
  /// The picture that Chromium shows of a file, and its difference from each rendering.
  struct Sight: Decodable {
    /// The size in pixels; 0 × 0 if Chromium does not show the file.
    let width: Int
    let height: Int
    /// The mean colours of 3 × 3 cells, row by row, as red, green, blue and alpha in sRGB.
    let colours: [[Int]]
    /// The greatest difference of any channel, 0 to 255, by the rendering's name.
    let differences: [String: Int]

    /// True if every rendering looks like the file.
    var isAlike: Bool { width > 0 && differences.values.allSatisfy { $0 <= Browser.tolerance } }
    /// The colour in the middle.
    var middle: [Int] { colours.count == 9 ? colours[4] : [] }
  }

  /// Two colours with a channel that differs more than this look different.
  static let tolerance = 3
  static let shared = Browser()

  private struct Question: Encodable {
    let file: String
    let renderings: [String: String]
  }

  private struct Connection: ~Copyable {
    let process = Process()
    let questions = Pipe()
    let answers = Pipe()
    var rest = Data()

    init() throws {
      let tests = URL(filePath: #filePath).deletingLastPathComponent()
      process.executableURL = tests.appending(path: "../../.venv/bin/python").standardized
      process.arguments = ["-B", tests.appending(path: "browser/show.py").path]
      process.standardInput = questions
      process.standardOutput = answers
      try process.run()
    }

    mutating func ask(_ question: Data) throws -> Data {
      try questions.fileHandleForWriting.write(contentsOf: question + [0x0A])
      while true {
        if let end = rest.firstIndex(of: 0x0A) {
          defer { rest = Data(rest[(end + 1)...]) }
          return rest[..<end]
        }
        let more = answers.fileHandleForReading.availableData
        guard !more.isEmpty else { throw SetUpFailure("browser/show.py has ended") }
        rest += more
      }
    }
  }

  private let connection = Mutex<Connection?>(nil)

  /// Returns what Chromium shows of the file at `path`, compared with `renderings`, paths by name.
  func sight(of path: String, beside renderings: [String: String] = [:]) throws -> Sight {
    let question = try JSONEncoder().encode(Question(file: path, renderings: renderings))
    let answer = try connection.withLock { connection in
      if connection == nil { connection = try Connection() }
      return try connection?.ask(question) ?? Data()
    }
    return try JSONDecoder().decode(Sight.self, from: answer)
  }
}

extension Judging {
  /// Returns what Chromium shows of a file in the folder, compared with the renderings made of that file.
  func sight(of name: String, beside rendered: Rendered) throws -> Browser.Sight {
    let paths = rendered.files.map { ("\($0.key)", folder.file($0.value)) }
    return try Browser.shared.sight(of: folder.file(name), beside: Dictionary(uniqueKeysWithValues: paths))
  }

  /// Renders a file, and records an issue if a rendering looks different from the untouched file in Chromium.
  @discardableResult
  func expectAlike(_ name: String, as type: FileType, _ location: SourceLocation = #_sourceLocation) throws -> Rendered
  {
    let rendered = try render(name, as: type)
    let sight = try sight(of: name, beside: rendered)
    #expect(sight.isAlike, "\(name): \(sight)", sourceLocation: location)
    return rendered
  }
}
