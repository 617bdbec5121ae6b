import Assembly
import Core
import FastCGI
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Endpoint

/// A handler that runs a closure of the test.
struct Scripted: Handler {
  typealias Script = @Sendable (Request) throws -> Response

  private let script: Script

  init(_: Application) throws(StorageError) { self.init { _ in .json(["answer": 42]) } }

  init(_ script: @escaping Script) { self.script = script }

  func respond(to request: Request) throws -> Response { try script(request) }

  /// Returns a pipeline around `script`, with these allowed origins.
  static func pipeline(
    origins: String = "https://app.example.com,https://other.example.com",
    log: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ script: @escaping Script = { _ in .json(["answer": 42]) }
  ) throws -> RequestPipeline<Scripted> {
    let settings = try Configuration.load(environment: [
      "STOWAGE_S3_ACCESS_KEY": "key", "STOWAGE_S3_SECRET_KEY": "very-secret", "STOWAGE_TOKEN_KEY_FILE": "/keys.json",
      "STOWAGE_IMAGES_URL": "https://files.example.com", "STOWAGE_CORS_ORIGINS": origins,
      "STOWAGE_ENVIRONMENT": "development",
    ]).settings
    return RequestPipeline(app: Application(settings: settings, log: log), handler: Scripted(script))
  }
}

extension Response {
  /// Returns the values of a header, whatever the case of its name.
  func values(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  /// The body as text.
  var text: String {
    if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "a stream" }
  }

  /// Returns the body as a JSON object's members.
  func members() throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }
}

/// Records the level and message of each log line.
final class LogRecorder: Sendable {
  private struct Handler: LogHandler {
    let recorder: LogRecorder
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { recorder.kept.withLock { $0.append("\(event.level) \(event.message)") } }
  }

  private let kept = Mutex<[String]>([])
  /// The recorded lines, in order.
  var lines: [String] { kept.withLock { $0 } }
  /// A logger whose lines this recorder keeps.
  var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }
}
