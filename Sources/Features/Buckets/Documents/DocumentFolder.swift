public import Core
import Foundation
public import S3

/// The documents of one bucket, filled from the settings and checked.
public struct BucketDocuments: Sendable {
  /// The purpose of the bucket.
  public let role: BucketRole
  /// The name of the bucket.
  public let bucket: String
  /// The rules by kind; nil if the document has no rule that applies.
  public let documents: [DocumentKind: JSONValue?]
}

/// The folder with the documents of all buckets.
public struct DocumentFolder: Sendable {
  private let path: String
  private let settings: Settings

  /// The documents in the folder at `path`; nil for the folder of the settings.
  public init(_ path: String?, settings: Settings) {
    self.path = path ?? settings.bucketDocuments
    self.settings = settings
  }

  /// Reads the documents of these buckets; throws all problems of all documents at once.
  public func read(_ roles: [BucketRole]) throws(StorageError) -> [BucketDocuments] {
    var problems: [String] = []
    var all: [BucketDocuments] = []
    for role in roles {
      let bucket = role.name(in: settings.buckets)
      var documents: [DocumentKind: JSONValue?] = [:]
      let folder = "\(path)/\(role.rawValue)"
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
        problems.append(
          "\(folder): cannot be read; copy conf/buckets there, or let STOWAGE_BUCKET_DOCUMENTS name its place"
        )
        continue
      }
      for name in names.sorted() where name.hasSuffix(".json") {
        guard let kind = DocumentKind(rawValue: String(name.dropLast(5))) else {
          let known = DocumentKind.allCases.map { "\($0.rawValue).json" }.sorted().joined(separator: ", ")
          problems.append("\(folder)/\(name): an unknown document; expected \(known)")
          continue
        }
        switch document(kind, at: "\(folder)/\(name)", role) {
        case .success(let value): documents[kind] = .some(value)
        case .failure(let found): problems += found.texts.map { "\(folder)/\(name): \($0)" }
        }
      }
      all.append(BucketDocuments(role: role, bucket: bucket, documents: documents))
    }
    guard problems.isEmpty else { throw .invalidRequest(problems.joined(separator: "\n")) }
    return all
  }

  /// Reads one document of a bucket; nil if the folder has none, or if it has no rule that applies.
  ///
  /// `path` replaces the file of the folder, and must exist. Throws all problems of the document.
  public func read(_ kind: DocumentKind, of role: BucketRole, at path: String? = nil) throws(StorageError) -> JSONValue?
  {
    let file = path ?? "\(self.path)/\(role.rawValue)/\(kind.rawValue).json"
    if path == nil, !FileManager.default.fileExists(atPath: file) { return nil }
    switch document(kind, at: file, role) {
    case .success(let value): return value
    case .failure(let found):
      throw .invalidRequest(found.texts.map { "\(file): \($0)" }.joined(separator: "\n"))
    }
  }

  private struct Problems: Error {
    let texts: [String]
  }

  private func document(_ kind: DocumentKind, at path: String, _ role: BucketRole) -> Result<JSONValue?, Problems> {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let file = FileHandle(forReadingAtPath: path)
    else { return .failure(Problems(texts: ["cannot be read, or is no file"])) }
    // At the end of a file, `read` returns nil.
    guard let data = try? file.read(upToCount: JSONValue.maximumBytes + 1) else {
      return .failure(Problems(texts: ["is empty; a document is a JSON object"]))
    }
    let filled: JSONValue?
    do {
      filled = try Placeholders(settings, role).filled(try JSONValue(json: Array(data)))
    } catch let error as JSONValue.Malformed {
      return .failure(Problems(texts: ["no JSON: \(error.reason)"]))
    } catch let error as Placeholders.Unfillable {
      return .failure(Problems(texts: [error.text]))
    } catch {
      return .failure(Problems(texts: ["\(error)"]))
    }
    guard let filled else { return .success(nil) }
    let problems = kind.problems(in: filled)
    guard problems.isEmpty else { return .failure(Problems(texts: problems)) }
    var refusals = DocumentCheck(kind, bucket: role.name(in: settings.buckets), names: settings.buckets)
      .refusals(of: filled)
    if kind == .lifecycle, role == .raw { refusals += RetentionCheck.refusals(of: filled) }
    return refusals.isEmpty ? .success(filled) : .failure(Problems(texts: refusals))
  }
}
