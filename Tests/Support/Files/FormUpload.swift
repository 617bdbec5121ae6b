public import HTTP

/// A form with a file, as browsers send it.
///
/// Source: https://www.rfc-editor.org/rfc/rfc7578
public struct FormUpload: Sendable {
  /// The fields before the file, in order.
  public var fields: [(name: String, value: String)]
  /// The file.
  public var file: [UInt8]

  /// A form with these fields, followed by the field `file`.
  public init(fields: [(name: String, value: String)], file: [UInt8]) {
    self.fields = fields
    self.file = file
  }

  private static let boundary = "----stowage-form-0123456789abcdef"

  /// Returns the request that sends the form to `url`.
  public func request(to url: String, headers: [(name: String, value: String)] = []) -> HTTPRequest {
    var body: [UInt8] = []
    for field in fields {
      let head = "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(field.name)\"\r\n\r\n"
      body += Array("\(head)\(field.value)\r\n".utf8)
    }
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\nContent-Type: image/png\r\n\r\n"
    body += Array("--\(Self.boundary)\r\n\(head)".utf8) + file + Array("\r\n--\(Self.boundary)--\r\n".utf8)
    let type = (name: "Content-Type", value: "multipart/form-data; boundary=\(Self.boundary)")
    return HTTPRequest("POST", url, headers: headers + [type], body: .bytes(body))
  }
}
