extension UploadPolicy {
  /// The accepted media types, checked types first.
  public var contentTypes: [String] { types.map(\.contentType) + plainTypes.map(\.contentType) }

  /// Returns the type that a client claims by a media type and a name.
  ///
  /// The extension of the name determines the type if the client does not know the media type. Throws `typeNotAllowed`
  /// for types that are not accepted, and `typeContradicted` if the extension belongs to another type.
  ///
  /// Source: https://www.w3.org/TR/FileAPI/#dfn-type
  func type(claimed contentType: String, of filename: FileName) throws(StorageError) -> UploadType {
    let essence = MediaType.essence(contentType)
    let named = FileName.fileExtension(of: filename.description).flatMap(type(ofExtension:))
    if let named, accepts(named), !MediaType.isSpecific(essence) || named.isReported(as: essence) { return named }
    guard MediaType.isSpecific(essence), let type = type(ofContentType: essence), accepts(type) else {
      throw .typeNotAllowed(detail: refusal(of: essence, filename), accepted: contentTypes)
    }
    if let contradiction = type.contradiction(to: filename.description) {
      throw .typeContradicted(detail: "filename: \(contradiction).", accepted: contentTypes)
    }
    return type
  }

  /// Returns the explanation of a type that is not accepted, with the extensions that are.
  private func refusal(of essence: String, _ filename: FileName) -> String {
    let extensions = types.map(\.fileExtension) + plainTypes.map(\.fileExtension)
    let accepted = "Accepted are files named \(extensions.map { ".\($0)" }.joined(separator: ", "))."
    guard !MediaType.isSpecific(essence) else {
      return "contentType: \(MediaType.isValid(essence) ? essence : "the value") is not accepted. \(accepted)"
    }
    guard let found = FileName.fileExtension(of: filename.description) else {
      return "filename: it has no extension, and contentType says nothing. \(accepted)"
    }
    return "filename: .\(found) is not accepted. \(accepted)"
  }

  /// Returns the type with this extension; the extensions of `plainTypes` take precedence over the well-known ones.
  private func type(ofExtension found: String) -> UploadType? {
    plainTypes.first { $0.extensions.contains(found) }.map(UploadType.plain) ?? UploadType(fileExtension: found)
  }

  /// Returns the type with this media type or one of its other names.
  private func type(ofContentType essence: String) -> UploadType? {
    let type = UploadType(contentType: essence)
    return plainTypes.first { $0.contentType == type?.contentType ?? essence }.map(UploadType.plain) ?? type
  }

  private func accepts(_ type: UploadType) -> Bool {
    switch type {
    case .checked(let type): types.contains(type)
    case .plain(let type): plainTypes.contains(type)
    }
  }
}
