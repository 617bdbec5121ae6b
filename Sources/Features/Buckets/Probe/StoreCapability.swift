/// An ability of a store that `stowage doctor --store` probes; the raw value is its name in files.
public enum StoreCapability: String, CaseIterable, Sendable {
  /// The abilities in the order of the probes: those of buckets come last, because they change the scratch bucket.
  case objects
  case signatures
  case signedLength = "signed-length"
  case unsignedHeaders = "unsigned-headers"
  case formUpload = "form-upload"
  case conditionalPut = "conditional-put"
  case conditionalPutVersioned = "conditional-put-versioned"
  case conditionalComplete = "conditional-complete"
  case checksums
  case range
  case downloadName = "download-name"
  case multipart
  case copy
  case deleteObjects = "delete-objects"
  case listPages = "list-pages"
  case listEncoding = "list-encoding"
  case controlCharacters = "control-characters"
  case normalisation
  case doubleSlash = "double-slash"
  case versions
  case deleteMarkers = "delete-markers"
  case tagsOnPut = "tags-on-put"
  case tags
  case tagsOfVersion = "tags-of-version"
  case cors
  case encryption
  case lifecycleAge = "lifecycle-age"
  case lifecycleTag = "lifecycle-tag"
  case lifecycleSize = "lifecycle-size"
  case lifecycleOldVersions = "lifecycle-old-versions"
  case lifecycleMarkers = "lifecycle-markers"
  case lifecycleParts = "lifecycle-parts"
  case lifecycleMoves = "lifecycle-moves"
  case lifecycleMinimumSize = "lifecycle-minimum-size"
  case policy
  case policyObeyed = "policy-obeyed"
  case policyTLS = "policy-tls"
  case publicAccessBlock = "public-access-block"
  case ownership
  case logging
  case eventBridge = "event-bridge"
}

extension StoreCapability {
  /// The ability in words.
  public var summary: String {
    switch self {
    case .objects: "objects are written, read and deleted"
    case .signatures: "a request with a wrong signature is refused"
    case .signedLength: "an upload URL takes only the signed length"
    case .unsignedHeaders: "headers that an upload's sender adds count for nothing"
    case .formUpload: "a form uploads a file, up to the size in its policy"
    case .conditionalPut: "a PUT with If-None-Match replaces nothing, without versions"
    case .conditionalPutVersioned: "a PUT with If-None-Match replaces nothing, with versions"
    case .conditionalComplete: "a multipart completion with If-None-Match replaces nothing"
    case .checksums: "a wrong SHA-256 is refused, and the right one is given back"
    case .range: "ranges of an object are read"
    case .downloadName: "a download URL sets the name of the file"
    case .multipart: "an object is assembled from parts"
    case .copy: "an object is copied in the store"
    case .deleteObjects: "one request deletes many objects"
    case .listPages: "a list in pages has each object once"
    case .listEncoding: "lists carry keys with spaces, +, %, & and <"
    case .controlCharacters: "lists carry keys with control characters"
    case .normalisation: "keys in Unicode forms NFC and NFD are two objects"
    case .doubleSlash: "a//b and a/b are two objects"
    case .versions: "a bucket keeps versions, and each can be read"
    case .deleteMarkers: "a deletion is a marker, and goes when the marker is deleted"
    case .tagsOnPut: "a PUT sets tags"
    case .tags: "tags are set, read and removed later"
    case .tagsOfVersion: "tags of one version are set and removed, and other versions keep theirs"
    case .cors: "a bucket allows uploads from pages of chosen origins"
    case .encryption: "a bucket encrypts its objects with AES-256"
    case .lifecycleAge: "lifecycle: deletion by age"
    case .lifecycleTag: "lifecycle: deletion by age and tag"
    case .lifecycleSize: "lifecycle: a filter by size"
    case .lifecycleOldVersions: "lifecycle: deletion of old versions"
    case .lifecycleMarkers: "lifecycle: deletion of expired markers"
    case .lifecycleParts: "lifecycle: deletion of abandoned parts"
    case .lifecycleMoves: "lifecycle: moves to a colder class"
    case .lifecycleMinimumSize: "lifecycle: the smallest object that moves"
    case .policy: "a bucket keeps a policy"
    case .policyObeyed: "a bucket policy is obeyed"
    case .policyTLS: "a policy can demand TLS of this node's requests"
    case .publicAccessBlock: "a bucket blocks public access"
    case .ownership: "a bucket owns all its objects"
    case .logging: "access logs are written into a bucket"
    case .eventBridge: "a bucket sends its events to EventBridge"
    }
  }

  /// The way in which Stowage works on a store without the ability.
  public var instead: String {
    switch self {
    case .objects: "nothing: Stowage needs it"
    case .signatures: "nothing: Stowage needs it"
    case .signedLength: "the worker refuses a file of another length"
    case .unsignedHeaders:
      "STOWAGE_S3_UNSIGNED_HEADERS=obeyed signs against copies, STOWAGE_S3_UPLOAD_ACL=private against public lists"
    case .formUpload: "clients upload by PUT; `method: POST` of Uppy's AWS S3 plugin is not for this store"
    case .conditionalPut, .conditionalPutVersioned, .conditionalComplete:
      "a second upload does not change the file: the checked bytes are pinned or copied"
    case .checksums: "the worker compares the SHA-256 of the bytes; set STOWAGE_S3_CHECKSUMS=ignored"
    case .range: "nginx reads the whole object and answers ranges itself"
    case .downloadName: "STOWAGE_DOWNLOADS=nginx: nginx sets the name"
    case .multipart: "files up to STOWAGE_UPLOAD_SINGLE_MAX_BYTES go up in one PUT"
    case .copy: "migrations from a bucket of this store send the bytes through Stowage"
    case .deleteObjects: "Stowage deletes objects one by one, on every store"
    case .listPages: "nothing: sweeps need complete lists"
    case .listEncoding: "keys of uploads have no such characters"
    case .controlCharacters:
      "keys of uploads have none; with STOWAGE_STORE=seaweedfs, `stowage migrate` uses other keys"
    case .normalisation: "keys of uploads are ASCII; with STOWAGE_STORE=r2, `stowage migrate` uses other keys"
    case .doubleSlash: "keys of uploads have none; `stowage migrate` uses other keys"
    case .versions: "Stowage keeps a copy of each checked upload"
    case .deleteMarkers: "deleted files cannot come back from the store"
    case .tagsOnPut: "Stowage sets tags after the upload"
    case .tags, .tagsOfVersion, .lifecycleTag: "Stowage deletes files by age itself"
    case .cors: "the store's own settings must allow the pages, or pages upload to another address"
    case .encryption: "the disks of the store are encrypted"
    case .lifecycleAge: "no object is deleted by the store"
    case .lifecycleSize: "`stowage buckets apply` leaves rules with such a filter out"
    case .lifecycleOldVersions: "Stowage deletes the versions that it knows"
    case .lifecycleMarkers: "markers of deleted objects stay"
    case .lifecycleParts: "the sweep aborts the uploads that it knows"
    case .lifecycleMoves: "objects stay in their class"
    case .lifecycleMinimumSize: "the store's own smallest size counts"
    case .policy, .policyObeyed: "access keys alone decide who may do what"
    case .policyTLS: "the statement StowageTLSOnly is left out; let only TLS reach the store"
    case .publicAccessBlock: "access lists and policies of the store decide who may read"
    case .ownership: "uploads are signed with a private access list"
    case .logging: "the store's own log has the requests"
    case .eventBridge: "the store's own settings send events; without events, sweeps find the uploads"
    }
  }

  /// The use that a store without the ability must not have; nil if there is none.
  public var danger: String? {
    switch self {
    case .objects: "Stowage: objects get lost"
    case .signatures: "Stowage with anything but tests: everybody who reaches the store reads and writes all files"
    case .signedLength: "uploads by strangers without another limit of their size: a URL takes any length"
    case .unsignedHeaders:
      "uploads by strangers without the guards: a sender can make an upload public or a copy of another object"
    case .formUpload: "uploads by form, which Uppy's AWS S3 plugin can ask for"
    case .multipart: "uploads in parts, and files above STOWAGE_UPLOAD_SINGLE_MAX_BYTES"
    case .listPages: "`stowage sweep` and `stowage migrate`: lists are incomplete"
    case .normalisation:
      "`stowage migrate` with STOWAGE_STORE other than r2: names that differ in their Unicode form are one object"
    case .listEncoding: "`stowage migrate`: lists show other names than the files have"
    case .controlCharacters:
      "`stowage migrate` with STOWAGE_STORE other than seaweedfs, if names have control characters: lists show others"
    case .lifecycleTag: "a rule that deletes by age in the raw bucket: without its tag it deletes premium files too"
    case .lifecycleSize: "a rule that deletes by age and size: without its size it deletes all objects"
    case .lifecycleMoves:
      "lifecycle documents with moves to colder classes; `stowage buckets apply` leaves the moves out"
    case .policyObeyed: "anything that a policy has to protect: the store obeys none"
    case .policyTLS: "a policy with aws:SecureTransport: it locks this node out, or has no effect"
    default: nil
    }
  }
}
