public import Foundation

/// The routes of web/openapi.yaml, parsed by the file's indentation: two spaces before a path, four before a method.
public struct OpenAPIDocument: Sendable {
  /// One method of one path.
  public struct Route: Hashable, Sendable, CustomStringConvertible {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    public let method: String
    /// The path, with its parameters in braces.
    public let path: String
    /// The route in the form of the programs' head comments and of the documentation.
    public var description: String { "\(method) \(path)" }

    /// A method of a path.
    public init(method: String, path: String) {
      self.method = method
      self.path = path
    }
  }

  /// The text of the file.
  public let text: String
  /// Every route.
  public let routes: [Route]

  /// Reads `web/openapi.yaml` below `root`.
  public init(in root: URL) throws {
    text = try String(contentsOf: root.appending(path: "web/openapi.yaml"), encoding: .utf8)
    var (routes, path) = ([Route](), "")
    for line in text.split(separator: "\n") {
      if let found = line.firstMatch(of: /^  (\/\S*):$/) { path = String(found.1) }
      if let found = line.firstMatch(of: /^    (get|post|put|patch|delete):$/) {
        routes.append(Route(method: found.1.uppercased(), path: path))
      }
    }
    self.routes = routes
  }
}
