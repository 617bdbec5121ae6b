extension Check {
  static let anonymousAPI = Check(
    "access.anonymous",
    .critical,
    "The API refuses requests of nobody.",
    why: "Whoever asks would get in.",
    mend:
      "Let every route of the API lead to its process by the installed handlers; with STOWAGE_IDENTITY=nginx, keep snippets/trusted-identity.conf.",
    mappings: ["ASVS-5.0:8.3.1"]
  )
  static let forgedUser = Check(
    "access.forged-user",
    .critical,
    "Headers such as Stowage-User make nobody a user.",
    why: "Anybody could be anybody.",
    mend: "No fastcgi_param of nginx/local may be made of what a client sends.",
    mappings: ["ASVS-5.0:8.3.1"]
  )
  static let forgedEvent = Check(
    "access.forged-event",
    .high,
    "An event with a forged token is refused.",
    why: "Strangers could make workers look for objects, without end.",
    mend: "Keep STOWAGE_EVENTS_TOKEN secret and set, and let webhook alone answer /events/.",
    mappings: ["ASVS-5.0:13.2.1"]
  )
  static let foreignFile = Check(
    "access.foreign-file",
    .critical,
    "A user gets 404 for the file of another user.",
    why: "Users would read one another's files.",
    mend: "Tell the project; until then take nginx/handlers/files.conf out.",
    mappings: ["ASVS-5.0:8.2.2"]
  )
  static let privateImage = Check(
    "access.private-image",
    .critical,
    "An image that is private is not served under /images/.",
    why: "Everybody who knows the address would see it.",
    mend: "Let /images/ lead to image alone, and `stowage doctor` find every cache node, so that images are purged.",
    mappings: ["ASVS-5.0:8.2.2"]
  )
  static let foreignOrigin = Check(
    "access.foreign-origin",
    .high,
    "Pages of foreign origins may not call the API.",
    why: "Any page that a user visits could act for the user.",
    mend: "Let STOWAGE_CORS_ORIGINS list your application's origins, and map the same ones in nginx/local/http.conf.",
    mappings: ["ASVS-5.0:3.4.2"]
  )
  static let originHTTP = Check(
    "access.http-origin",
    .medium,
    "All origins that may call the API are https.",
    why: "A page that came over http can have been changed on the way, and then acts for the user.",
    mend: "Let STOWAGE_CORS_ORIGINS list https origins only.",
    mappings: ["ASVS-5.0:3.4.2"]
  )
  static let cookieAttributes = Check(
    "access.cookie-attributes",
    .high,
    "Cookies for images are Secure, HttpOnly and SameSite.",
    why: "Scripts, plain requests and foreign pages could take or use them.",
    mend: "Let /v1/cookies lead to authorize alone, and change no Set-Cookie in nginx.",
    mappings: ["ASVS-5.0:3.3.1", "ASVS-5.0:3.3.2", "ASVS-5.0:3.3.4"]
  )
  static let cookieHash = Check(
    "access.cookie-hash",
    .medium,
    "Cookies are signed with SHA-256.",
    why: "Signatures over SHA-1 can be forged with effort that money buys.",
    mend: "Set STOWAGE_COOKIE_HASH=sha256.",
    mappings: ["ASVS-5.0:11.4.1"]
  )
  static let cookieLifetime = Check(
    "access.cookie-lifetime",
    .medium,
    "Cookies for images live a day at most.",
    why: "A user who loses a right keeps it until the cookies end.",
    mend: "Set STOWAGE_COOKIE_SECONDS to 86400 or less.",
    mappings: ["ASVS-5.0:7.3.2"]
  )
  static let tokenCookie = Check(
    "access.token-cookie",
    .medium,
    "A cookie that carries the token has a name that begins with __Host- or __Secure-.",
    why: "Another host of the same site could set a cookie of any other name.",
    mend: "Set STOWAGE_TOKEN_COOKIE to a name such as __Host-stowage, or none.",
    mappings: ["ASVS-5.0:3.3.1", "ASVS-5.0:3.3.3"]
  )
  static let tokenAudience = Check(
    "access.token-audience",
    .medium,
    "Tokens must name this installation: an issuer and an audience are set.",
    why: "A token that the identity provider made for another application would count here.",
    mend: "Set STOWAGE_TOKEN_ISSUER and STOWAGE_TOKEN_AUDIENCE.",
    mappings: ["ASVS-5.0:9.2.3"]
  )

  static let access: [Check] = [
    anonymousAPI, forgedUser, forgedEvent, foreignFile, privateImage, foreignOrigin, originHTTP, cookieAttributes,
    cookieHash, cookieLifetime, tokenCookie, tokenAudience,
  ]
}
