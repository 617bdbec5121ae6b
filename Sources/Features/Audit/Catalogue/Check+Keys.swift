extension Check {
  static let tokenKeyMode = Check(
    "keys.token-mode",
    .high,
    "The file with the token keys is not readable or writable for others.",
    why: "Whoever reads a secret there can be any user; whoever writes can add a key.",
    mend: "chmod 0640 on the file, and let the group be that of Stowage's processes.",
    mappings: ["ASVS-5.0:13.3.1"]
  )
  static let cookieKeyMode = Check(
    "keys.cookie-mode",
    .high,
    "The private key of the cookies is not readable or writable for others.",
    why: "Whoever reads it can make cookies for all private images.",
    mend: "chmod 0640 on the file, and let the group be that of Stowage's processes.",
    mappings: ["ASVS-5.0:13.3.1"]
  )
  static let tlsKeyMode = Check(
    "keys.tls-mode",
    .high,
    "The private key of the certificate is not readable or writable for others.",
    why: "Whoever reads it can pose as this site.",
    mend: "chmod 0600 on the file that ssl_certificate_key names.",
    mappings: ["ASVS-5.0:13.3.1"]
  )
  static let settingsMode = Check(
    "keys.settings-mode",
    .high,
    "The file with the settings is not readable or writable for others.",
    why: "It has the store's keys and the token of events.",
    mend: "chmod 0640 on the file, and let the group be that of Stowage's processes.",
    mappings: ["ASVS-5.0:13.3.1"]
  )
  static let tokenKeyAge = Check(
    "keys.token-age",
    .medium,
    "Token keys in a file are younger than a year.",
    why: "A key that leaked unnoticed is useful until it is replaced.",
    mend: "Add a new key to the file, let the issuer use it, and take the old one out a token's life later.",
    mappings: ["ASVS-5.0:13.3.4"]
  )
  static let cookieKeyAge = Check(
    "keys.cookie-age",
    .medium,
    "The key that signs cookies is younger than a year.",
    why: "A key that leaked unnoticed is useful until it is replaced.",
    mend: "Change the key pair as docs/images.md explains.",
    mappings: ["ASVS-5.0:13.3.4"]
  )
  static let secretsAge = Check(
    "keys.secrets-age",
    .medium,
    "The store's keys and the token of events were written within the last 90 days.",
    why: "A key that leaked unnoticed is useful until it is replaced.",
    mend:
      "Make new keys at the store, write them into the file of the settings, restart the processes, and delete the old ones.",
    mappings: ["IAM.3", "CIS-3.0:1.14", "ASVS-5.0:13.3.4"]
  )
  static let tokenKeyStrength = Check(
    "keys.token-strength",
    .critical,
    "Token keys are strong: secrets of at least 32 random bytes, RSA of at least 2,048 bits.",
    why: "Whoever guesses a secret can be any user, without a trace.",
    mend: "Make a secret with `openssl rand -base64 32`, or better a key pair, whose private half the issuer keeps.",
    mappings: ["ASVS-5.0:11.2.3"]
  )
  static let tokenKeyPrivate = Check(
    "keys.token-private",
    .high,
    "The file with the token keys has no private key.",
    why: "Stowage only verifies; a private key here lets whoever reads the file make tokens.",
    mend: "Write the public halves into the file, without d, p, q and the like.",
    mappings: ["ASVS-5.0:13.3.1"]
  )
  static let secretsShared = Check(
    "keys.shared",
    .high,
    "No secret serves two purposes.",
    why: "What leaks in one place then opens the other, such as a token of events that is also the key of tokens.",
    mend:
      "Make a separate secret for each of STOWAGE_S3_SECRET_KEY, STOWAGE_S3_UPLOAD_SECRET_KEY, STOWAGE_EVENTS_TOKEN, the token key and STOWAGE_CLOUDFRONT_SECRET_KEY.",
    mappings: ["ASVS-5.0:11.2.2"]
  )
  static let eventsToken = Check(
    "keys.events-token",
    .medium,
    "The token of events has at least 32 characters that are not a pattern.",
    why: "Strangers could guess it, and make workers look for objects.",
    mend: "Set STOWAGE_EVENTS_TOKEN to the output of `openssl rand -hex 32`, and tell the store.",
    mappings: ["ASVS-5.0:11.5.1"]
  )

  static let keys: [Check] = [
    tokenKeyMode, cookieKeyMode, tlsKeyMode, settingsMode, tokenKeyAge, cookieKeyAge, secretsAge, tokenKeyStrength,
    tokenKeyPrivate, secretsShared, eventsToken,
  ]
}
