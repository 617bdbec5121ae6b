import Core
import Endpoint
import Uploads

/// Uppy's request for a multipart upload.
struct WishBody: RequestBody {
  /// A metadata value of the application; only strings and integers are used.
  struct Value: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self.text = text
      } else if let number = try? container.decode(Int64.self) {
        text = String(number)
      } else {
        // Another type, such as an array, becomes an empty string, which is invalid for every metadata name of the API.
        text = container.decodeNil() ? nil : ""
      }
    }
  }

  var filename: String
  var type: String?
  var metadata: [String: Value?]?

  enum CodingKeys: CodingKey, CaseIterable { case filename, type, metadata }
  static var allowsMore: Bool { true }
  /// 1,000 values, because applications add arbitrary metadata.
  static var limits: JSONLimits { JSONLimits(values: 1_000) }

  /// The metadata values that are strings or integers.
  var texts: [String: String] { (metadata ?? [:]).compactMapValues { $0?.text } }
}

/// Uppy's list of the uploaded parts.
struct PartsBody: RequestBody {
  struct Part: Decodable {
    var number: Int
    var etag: String?

    enum CodingKeys: String, CodingKey {
      case number = "PartNumber"
      case etag = "ETag"
    }
  }

  var parts: [Part]

  enum CodingKeys: CodingKey, CaseIterable { case parts }
  static var allowsMore: Bool { true }
  /// Enough for an object with up to four members per part.
  static var limits: JSONLimits { JSONLimits(values: 5 * PartPlan.maximumCount + 16) }

  var named: [TaggedPart] { parts.map { TaggedPart(number: $0.number, etag: $0.etag) } }
}

/// A presigned form for one file.
struct FormBody: Encodable {
  var method = "POST"
  var url: String
  var fields: [String: String]
  var expires: Int
  var fileId: String

  init(_ form: CompanionForm) {
    url = form.url
    fields = members(form.fields)
    expires = form.seconds
    fileId = form.fileId
  }
}

/// A started multipart upload.
struct UploadBody: Encodable {
  var key: String
  var uploadId: String
  var fileId: String

  init(_ upload: CompanionUpload) {
    key = upload.key
    uploadId = upload.id
    fileId = upload.id
  }
}

/// A part that the bucket has.
struct TaggedPartBody: Encodable {
  var number: Int
  var size: Int64?
  var etag: String?

  enum CodingKeys: String, CodingKey {
    case number = "PartNumber"
    case size = "Size"
    case etag = "ETag"
  }

  init(_ part: TaggedPart) {
    number = part.number
    size = part.size
    etag = part.etag
  }
}

/// The presigned URL of one part.
struct PartURLBody: Encodable {
  var url: String
  var expires: Int
  /// Nil if no header must be sent; Uppy 6 sends none of these headers.
  var headers: [String: String]?
}

/// The presigned URLs of several parts, by part number.
struct PartURLsBody: Encodable {
  var presignedUrls: [String: String]
  /// The headers of each part, by part number.
  var headers: [String: [String: String]]?
}

/// The file of a completed upload.
struct ObjectBody: Encodable {
  var location: String
  var key: String
  var bucket: String
  var fileId: String

  init(_ object: CompanionObject) {
    location = object.location
    key = object.key
    bucket = object.bucket
    fileId = object.fileId
  }
}
