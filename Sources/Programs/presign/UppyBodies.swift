import Core
import Endpoint
import Uploads

/// What Uppy says of a file that goes up in parts.
struct WishBody: RequestBody {
  /// What an application adds, of which texts and whole numbers count.
  struct Value: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self.text = text
      } else if let number = try? container.decode(Int64.self) {
        text = String(number)
      } else {
        // A list, say: no text that any of our own members could be.
        text = container.decodeNil() ? nil : ""
      }
    }
  }

  var filename: String
  var type: String?
  var metadata: [String: Value?]?

  enum CodingKeys: CodingKey, CaseIterable { case filename, type, metadata }
  static var allowsMore: Bool { true }
  /// An application adds what it likes.
  static var limits: JSONLimits { JSONLimits(values: 1_000) }

  /// The application's texts and whole numbers.
  var texts: [String: String] { (metadata ?? [:]).compactMapValues { $0?.text } }
}

/// Which parts Uppy takes a file to have.
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
  /// Up to four members of each part.
  static var limits: JSONLimits { JSONLimits(values: 5 * PartPlan.maximumCount + 16) }

  var named: [TaggedPart] { parts.map { TaggedPart(number: $0.number, etag: $0.etag) } }
}

/// A form for one file.
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

/// An upload in parts that was begun.
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

/// Where to put one part.
struct PartURLBody: Encodable {
  var url: String
  var expires: Int
  /// Nil where nothing is to be sent: Uppy 6 sends none of them.
  var headers: [String: String]?
}

/// Where to put several, by their numbers.
struct PartURLsBody: Encodable {
  var presignedUrls: [String: String]
  /// By number, too.
  var headers: [String: [String: String]]?
}

/// The file that was made of parts.
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
