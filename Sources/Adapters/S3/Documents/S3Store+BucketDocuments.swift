internal import HTTP
internal import Signing
public import Storage
internal import XML

extension S3Store {
  /// Returns a document of a bucket in the form of the AWS CLI; nil if the bucket has none.
  ///
  /// Throws an error with `isNotOffered` if the store does not know the subresource.
  public func document(_ kind: DocumentKind, of bucket: String) throws(StoreError) -> JSONValue? {
    let response: HTTPResponse
    do throws(StoreError) {
      response = try send(S3Call(method: "GET", bucket: bucket, query: [(kind.subresource, "")]))
    } catch .notFound {
      return nil
    }
    guard let shape = kind.shape else {
      do { return try JSONValue(json: response.body) } catch { throw malformed(error.reason) }
    }
    let element: XMLElement
    do { element = try XMLReader.read(response.body) } catch { throw malformed(error.reason) }
    // A store that does not know the subresource lists the bucket instead. moto has other names for some roots.
    guard !element.name.hasPrefix("List") else {
      throw .invalidRequest(code: "NotImplemented", message: "the store answers with \(element.name)")
    }
    var value = shape.value(of: element)
    guard !value.members.isEmpty else { return nil }
    if let header = kind.header, let text = response.head[header.field] { value[header.member] = .text(text) }
    return value
  }

  /// Replaces a document of a bucket.
  ///
  /// The request is the same for each kind, and idempotent.
  public func setDocument(_ kind: DocumentKind, _ document: JSONValue, of bucket: String) throws(StoreError) {
    var call = S3Call(method: "PUT", bucket: bucket, query: [(kind.subresource, "")])
    var document = document
    if let header = kind.header, let text = document[header.member]?.string {
      document[header.member] = nil
      call.headers.append((header.field, text))
    }
    var type = "application/json"
    var text = document.json()
    if let root = kind.root, let shape = kind.shape {
      type = "application/xml"
      text = "<\(root) xmlns=\"\(namespace)\">\(shape.xml(of: document))</\(root)>"
    }
    call.setBody(Array(text.utf8))
    call.headers += [("content-md5", contentMD5(Array(text.utf8))), ("content-type", type)]
    do throws(StoreError) {
      _ = try send(call)
    } catch .invalidRequest(let code, let message) where code.hasPrefix("BucketAlready") {
      // A store without this subresource handles the request as one that creates the bucket.
      throw .invalidRequest(code: "NotImplemented", message: message)
    }
  }

  /// Removes a document of a bucket; succeeds if the bucket has none.
  public func removeDocument(_ kind: DocumentKind, of bucket: String) throws(StoreError) {
    if kind.isEmptiedByPut { return try setDocument(kind, .object([:]), of: bucket) }
    do throws(StoreError) {
      _ = try send(S3Call(method: "DELETE", bucket: bucket, query: [(kind.subresource, "")]))
    } catch .notFound {}
  }
}
