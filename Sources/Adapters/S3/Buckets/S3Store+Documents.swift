internal import FoundationEssentials
internal import HTTP
internal import Signing
internal import Storage
internal import XML

extension S3Store {
  /// Sends a request and parses the XML document of the response.
  func document(_ call: S3Call) throws(StoreError) -> XMLElement {
    let body = try send(call).body
    do { return try XMLReader.read(body) } catch { throw malformed(error.reason) }
  }

  /// Sends a request and parses the response, which must contain `element`; repeats it after a malformed document or a
  /// transient error document.
  ///
  /// Servers send the status 200 before they move bytes and report the result in the body, which can be an `Error`
  /// document.
  /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
  func result(
    _ call: S3Call,
    with element: String?
  ) throws(StoreError) -> (head: HTTPResponseHead, document: XMLElement) {
    try retrying { () throws(S3Failure) in
      let response = try once(call)
      let document: XMLElement
      do throws(XMLReader.Malformed) {
        document = try XMLReader.read(response.body)
      } catch {
        throw S3Failure(error: malformed(error.reason), isTransient: true)
      }
      if document.name == "Error" { throw S3Failure(document) }
      if let element, document[element] == nil {
        throw S3Failure(error: malformed("\(document.name) without \(element)"))
      }
      return (response.head, document)
    }
  }
}

extension S3Call {
  /// Sets an XML document as body, with the digests that servers require: `Content-MD5` or a checksum.
  ///
  /// A multipart completion is sent without the checksum: in that request the field is the checksum of the object.
  mutating func setDocument(_ xml: String, isChecksumSent: Bool = true) throws(StoreError) {
    let bytes = Array(xml.utf8)
    setBody(bytes)
    headers += [("content-type", "application/xml"), ("content-md5", contentMD5(bytes))]
    if isChecksumSent { headers.append(("x-amz-checksum-sha256", try checksum(SHA256.digest(of: bytes)))) }
  }
}

/// The XML namespace of request documents.
let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

func malformed(_ reason: String) -> StoreError {
  .unexpected(detail: "an answer that cannot be read: " + reason)
}

func key(_ line: XMLElement, of answer: XMLElement) throws(StoreError) -> String {
  guard let key = line.text(of: "Key") else { throw malformed("no key") }
  return try decoded(key, of: answer)
}

/// Decodes a key if the response says that keys are form-encoded, which servers do because XML forbids most control
/// characters.
func decoded(_ text: String, of answer: XMLElement) throws(StoreError) -> String {
  guard answer.text(of: "EncodingType") == "url" else { return text }
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    switch byte {
    case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      let digits = rest.prefix(2)
      guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
        let value = UInt8(Substring(digits), radix: 16)
      else { throw malformed("a key's encoding") }
      bytes.append(value)
      rest = rest.dropFirst(2)
    default: bytes.append(byte)
    }
  }
  guard let key = String(validating: bytes, as: UTF8.self) else { throw malformed("a key's encoding") }
  return key
}

func number(_ line: XMLElement, _ name: String) throws(StoreError) -> Int64 {
  guard let number = line.text(of: name).flatMap({ Int64($0) }), number >= 0 else { throw malformed("no \(name)") }
  return number
}

func date(_ line: XMLElement, _ name: String) throws(StoreError) -> Date {
  let text = line.text(of: name) ?? ""
  let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
  guard let date = try? style.parse(text) else { throw malformed("\(name) \(text)") }
  return date
}
