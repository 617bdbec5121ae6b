extension Check {
  static let storeHTTPS = Check(
    "url.https",
    .high,
    "Browsers and this node reach the store over https alone.",
    why: "A presigned URL that travels readable can be used by everybody on the way.",
    mend: "Let STOWAGE_S3_URL and STOWAGE_S3_PUBLIC_URL begin with https://, and let the store refuse plain http.",
    mappings: ["S3.5", "CIS-5.0:2.1.1", "ASVS-5.0:12.2.1"]
  )
  static let urlLifetime = Check(
    "url.lifetime",
    .medium,
    "An upload URL lives 15 minutes at most.",
    why: "Whoever finds the URL in a log or a history can use it until it ends.",
    mend: "Set STOWAGE_UPLOAD_URL_SECONDS to 900 or less.",
    mappings: ["ASVS-5.0:9.2.1"]
  )
  static let urlExpired = Check(
    "url.expired",
    .high,
    "The store refuses a URL after its end.",
    why: "Otherwise every URL that was ever given out stays valid.",
    mend: "Set the clock of the store; do not use a store or a proxy that ignores X-Amz-Expires.",
    mappings: ["ASVS-5.0:9.2.1"]
  )
  static let urlOtherKey = Check(
    "url.other-key",
    .critical,
    "The store refuses a URL for one key on another key.",
    why: "Otherwise the holder of one URL could write all files.",
    mend: "Do not use a store or a proxy that changes paths before signatures are checked.",
    mappings: ["ASVS-5.0:8.2.2"]
  )
  static let urlOtherLength = Check(
    "url.other-length",
    .medium,
    "The store refuses an upload of another length than the signed one.",
    why: "The quota reserves the claimed length; a longer upload would pass it until the worker looks.",
    mend: "Use a store that checks the signed Content-Length, and no proxy that changes it.",
    mappings: ["ASVS-5.0:5.2.1"]
  )
  static let urlOtherType = Check(
    "url.other-type",
    .medium,
    "The store refuses an upload of another type than the signed one.",
    why: "The store would give the type to browsers that download.",
    mend: "Use a store that checks the signed Content-Type, and no proxy that changes it.",
    mappings: ["ASVS-5.0:5.2.2"]
  )
  static let urlUnsignedHeaders = Check(
    "url.unsigned-headers",
    .critical,
    "Headers that the sender of an upload adds have no effect.",
    why:
      "An access list would make the upload public before it is scanned; a copy source would turn it into another user's file.",
    mend:
      "Set STOWAGE_S3_UPLOAD_ACL=private, STOWAGE_S3_UNSIGNED_HEADERS=obeyed, or keys in STOWAGE_S3_UPLOAD_ACCESS_KEY that only write.",
    mappings: ["ASVS-5.0:8.2.2"]
  )

  static let urls: [Check] = [
    storeHTTPS, urlLifetime, urlExpired, urlOtherKey, urlOtherLength, urlOtherType, urlUnsignedHeaders,
  ]
}
