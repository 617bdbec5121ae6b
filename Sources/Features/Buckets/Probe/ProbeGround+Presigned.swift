import Foundation
import HTTP
import S3
import Storage

/// The answer to a request without keys, such as a browser sends it.
struct PlainAnswer {
  let response: HTTPResponse

  var isSuccess: Bool { response.head.isSuccess }

  /// The status, and the code if the store sent one.
  var code: String {
    let body = String(decoding: response.body.prefix(4096), as: UTF8.self)
    let code = body.firstMatch(of: /<Code>([A-Za-z0-9]{1,60})<\/Code>/).map { " \($0.1)" } ?? ""
    return "\(response.head.status)\(code)"
  }

  /// The outcome of a request that should have succeeded.
  var refusal: ProbeOutcome {
    switch response.head.status {
    case 401, 403: .unknown("refused: \(code)")
    case 500, 502...599: .unknown(code)
    default: .cannot(code)
    }
  }
}

/// Probes of requests that Stowage signs for others.
extension ProbeGround {
  private static let text = "sent by a probe"

  /// Uploads an object by a presigned URL that fixes the length, with further headers.
  func upload(
    _ name: String,
    in place: ProbePlace,
    text: String = text,
    signed: [(name: String, value: String)] = [],
    added: [(name: String, value: String)] = [],
    changing url: (String) -> String = { $0 }
  ) throws -> PlainAnswer {
    let headers = signed + [(name: "content-type", value: "text/plain")]
    let request = try store.presignPut(
      place.key(name),
      in: place.bucket,
      signedHeaders: headers + [("content-length", String(Self.text.utf8.count))],
      expires: 60,
      at: .now
    )
    return try send("PUT", url(request.url), headers + added, Array(text.utf8))
  }

  func send(
    _ method: String,
    _ url: String,
    _ headers: [(name: String, value: String)] = [],
    _ body: [UInt8] = []
  ) throws -> PlainAnswer {
    let deadlines = HTTPDeadlines(total: requestSeconds)
    let request = HTTPRequest(
      method,
      url,
      headers: headers,
      body: body.isEmpty ? .none : .bytes(body),
      deadlines: deadlines
    )
    return PlainAnswer(response: try client.send(request))
  }

  /// Sends an upload as it was signed, which must succeed before a changed one tells anything.
  private func control(_ name: String, in place: ProbePlace) throws {
    let answer = try upload(name, in: place)
    guard !answer.isSuccess else { return }
    throw Missing(outcome: .unknown("an upload as it was signed is \(answer.code)"))
  }

  func signatures() throws -> ProbeOutcome {
    let place = try place()
    try control("signed", in: place)
    let forged = try upload("forged", in: place) { url in
      guard let signature = url.firstMatch(of: /X-Amz-Signature=([0-9a-f]{64})/) else { return url }
      return url.replacing(signature.1, with: String(signature.1.reversed()))
    }
    let isStored = try exists("forged", in: place)
    guard forged.isSuccess || isStored else { return .can("refused: \(forged.code)") }
    return .cannot("a wrong signature is taken: \(forged.code)")
  }

  func signedLength() throws -> ProbeOutcome {
    let place = try place()
    try control("length", in: place)
    do {
      let longer = try upload("longer", in: place, text: Self.text + Self.text)
      if longer.isSuccess { return .cannot("a longer body is taken: \(longer.code)") }
      return try exists("longer", in: place) ? .cannot("refused, and kept") : .can("refused: \(longer.code)")
    } catch let error as HTTPError {
      // A store may close the connection instead of an answer.
      guard try !exists("longer", in: place) else { return .cannot("a longer body is kept") }
      throw error
    }
  }

  func unsignedHeaders() throws -> ProbeOutcome {
    let place = try place()
    try control("plain", in: place)
    try write("somebody else's", "secret", in: place)
    var obeyed: [String] = []
    var codes: Set<String> = []
    func attempt(_ name: String, _ value: String, isObeyed: (String) throws -> Bool) throws {
      let answer = try upload(name, in: place, added: [(name, value)])
      codes.insert(answer.code)
      if answer.isSuccess, try isObeyed(name) { obeyed.append(name) }
    }
    try attempt("x-amz-copy-source", "/\(place.bucket)/\(place.key("secret"))") { name in
      try read(name, in: place) != Self.text
    }
    try attempt("x-amz-acl", "public-read") { name in
      try send("GET", store.publicURL(of: place.key(name), in: place.bucket)).isSuccess
    }
    try attempt("x-amz-tagging", "retention=standard") { name in
      try !store.tags(of: place.key(name), in: place.bucket).isEmpty
    }
    try attempt("x-amz-meta-probe", "x") { name in
      try store.head(place.key(name), in: place.bucket).metadata["probe"] != nil
    }
    guard obeyed.isEmpty else { return .cannot("obeyed: \(obeyed.joined(separator: ", "))") }
    return .can(codes.sorted().joined(separator: ", "))
  }

  func formUpload() throws -> ProbeOutcome {
    let place = try place()
    func post(_ name: String, _ text: String) throws -> PlainAnswer {
      let fields = [(name: "content-type", value: "text/plain"), (name: "success_action_status", value: "201")]
      let form = try store.presignPost(
        place.key(name),
        in: place.bucket,
        fields: fields,
        sizes: 1...20,
        expires: 60,
        at: .now
      )
      let mark = UUID().uuidString
      let parts = form.fields.map {
        "--\(mark)\r\nContent-Disposition: form-data; name=\"\($0.name)\"\r\n\r\n\($0.value)\r\n"
      }
      let file = "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n"
      let body = "\(parts.joined())--\(mark)\r\n\(file)\(text)\r\n--\(mark)--\r\n"
      return try send("POST", form.url, [("content-type", "multipart/form-data; boundary=\(mark)")], Array(body.utf8))
    }
    let answer = try post("form", Self.text)
    guard answer.isSuccess else { return answer.refusal }
    guard try read("form", in: place) == Self.text else { return .cannot("other bytes than the form has") }
    let larger = try post("large-form", String(repeating: "x", count: 40))
    let isKept = try exists("large-form", in: place)
    guard !larger.isSuccess, !isKept else { return .cannot("a file above the size is taken") }
    return .can("\(answer.code); a larger file is \(larger.code)")
  }

  func downloadName() throws -> ProbeOutcome {
    let place = try place()
    try write("x", "download", in: place)
    let name = "attachment; filename=\"a.txt\""
    let request = try store.presignGet(
      place.key("download"),
      in: place.bucket,
      contentDisposition: name,
      expires: 60,
      at: .now
    )
    let answer = try send("GET", request.url)
    guard answer.isSuccess else { return answer.refusal }
    return answer.response.head["content-disposition"] == name
      ? .can("the header is set") : .cannot("the header is not set")
  }

  /// The algorithm with which the store says that it encrypted an object; nil if it says nothing.
  func encryptionHeader(of name: String, in place: ProbePlace) throws -> String? {
    let key = place.key(name)
    let request = try store.presign("GET", key, in: place.bucket, query: [], signedHeaders: [], expires: 60, at: .now)
    return try send("GET", request.url).response.head["x-amz-server-side-encryption"]
  }
}
