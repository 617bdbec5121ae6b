/// Mappings: https://github.com/OWASP/ASVS/tree/v5.0.0
extension Check {
  static let tlsVersion = Check(
    "nginx.tls-version",
    .high,
    "nginx offers TLS 1.2 and 1.3 only.",
    why: "Older versions can be broken, and an attacker on the way can make a browser use them.",
    mend: "nginx/http/tls.conf: ssl_protocols TLSv1.2 TLSv1.3;",
    mappings: ["ASVS-5.0:12.1.1"]
  )
  static let tlsCiphers = Check(
    "nginx.tls-ciphers",
    .high,
    "nginx offers strong ciphers with forward secrecy only.",
    why: "Other ciphers can be read by everybody, or by everybody who gets the key later.",
    mend: "nginx/http/tls.conf: take ssl_ciphers from the installed file.",
    mappings: ["ASVS-5.0:12.1.2"]
  )
  static let certificate = Check(
    "nginx.certificate",
    .medium,
    "The certificate is valid for the host, and for 14 days more.",
    why: "With an invalid one, users learn to click warnings away.",
    mend: "Renew the certificate that ssl_certificate names, and reload nginx.",
    mappings: ["ASVS-5.0:12.2.2"]
  )
  static let plainHTTP = Check(
    "nginx.plain-http",
    .high,
    "Plain http gets a redirect to https or a refusal, never an answer.",
    why: "Tokens and cookies in a plain request can be read on the way.",
    mend:
      "nginx/local/servers.conf: return 308 https://$host$request_uri; and let STOWAGE_IMAGES_URL and STOWAGE_LINKS_URL begin with https://.",
    mappings: ["ASVS-5.0:12.2.1"]
  )
  static let hsts = Check(
    "nginx.hsts",
    .medium,
    "Answers carry Strict-Transport-Security for a year.",
    why: "Without it, the first request of a browser may be a plain one.",
    mend: "nginx/local/http.conf: map \"\" $stowage_hsts { default \"max-age=31536000; includeSubDomains\"; }",
    mappings: ["ASVS-5.0:3.4.1"]
  )
  static let headers = Check(
    "nginx.headers",
    .medium,
    "Answers of the API and of images carry the security headers.",
    why: "Without them, browsers guess types, tell other sites the address, and let pages frame files.",
    mend:
      "Let each location include snippets/headers.conf, and add no header outside of it: one add_header drops all inherited ones.",
    mappings: ["ASVS-5.0:3.4.4", "ASVS-5.0:3.4.5", "ASVS-5.0:3.4.6"]
  )
  static let serverVersion = Check(
    "nginx.version",
    .low,
    "No answer tells the version of nginx.",
    why: "The version tells which known holes are worth trying.",
    mend: "nginx/http/base.conf: server_tokens off;",
    mappings: ["ASVS-5.0:13.4.6"]
  )
  static let unknownHost = Check(
    "nginx.unknown-host",
    .medium,
    "A request for an unknown host is refused.",
    why: "With any host accepted, pages of another name that leads here (DNS rebinding) share the origin's answers.",
    mend: "Give the public server its server_name, and let the default server return 421.",
    mappings: ["ASVS-5.0:4.1.2"]
  )
  static let privateListeners = Check(
    "nginx.private-listeners",
    .critical,
    "Events, health, metrics and purging are reachable on private addresses only.",
    why: "Strangers could empty the cache, read what runs where, and try tokens of events.",
    mend:
      "nginx/local/listen-events.conf and listen-metrics.conf: an address of this machine or of a private network; include their routes nowhere else.",
    mappings: ["ASVS-5.0:13.4.5"]
  )
  static let guardedImages = Check(
    "nginx.guarded-images",
    .critical,
    "Images under /private/ and /premium/ need cookies, and authorize judges each before the cache.",
    why: "nginx's cache is shared: without the question, everybody gets what one owner has seen.",
    mend:
      "nginx/handlers/authorize.conf: keep auth_request /authorize; in the location, and let no other location take these paths.",
    mappings: ["ASVS-5.0:8.3.1"]
  )
  static let sharedCache = Check(
    "nginx.shared-cache",
    .high,
    "No shared cache keeps answers that belong to one user.",
    why: "A cache in between would give one user's answer to the next.",
    mend: "Only the locations of images may have fastcgi_cache; the API answers Cache-Control: no-store.",
    mappings: ["ASVS-5.0:14.2.2"]
  )
  static let rateLimits = Check(
    "nginx.rate-limits",
    .medium,
    "The API and the images have rate limits, from which no network of clients is exempt.",
    why: "Without limits, one address can use all capacity, and try tokens without end.",
    mend:
      "nginx/local/http.conf: let $stowage_limit_exempt name health checks only; keep limit_req in snippets/open-api.conf and the handlers.",
    mappings: ["ASVS-5.0:2.4.1"]
  )
  static let realIP = Check(
    "nginx.real-ip",
    .medium,
    "nginx takes a client's address from trusted proxies only.",
    why: "Otherwise a client names its own address, and escapes limits and cookies that are bound to an address.",
    mend: "nginx/local/http.conf: let set_real_ip_from name the addresses of your proxies, and no others.",
    mappings: ["ASVS-5.0:4.1.3"]
  )
  static let nginxUser = Check(
    "nginx.user",
    .high,
    "nginx's workers do not run as root.",
    why: "A hole in nginx would then be a hole in the machine.",
    mend: "nginx/local/main.conf: user www-data stowage;",
    mappings: ["ASVS-5.0:13.2.2"]
  )

  static let nginxFiles = Check(
    "nginx.file-mode",
    .high,
    "Only root can change nginx's configuration, and only root reads its secrets.",
    why: "Whoever writes to a file of the configuration decides who is asked for what, as root.",
    mend: "chmod o-w on the files and their folders; chmod 0600 on nginx/local/cdn-secrets.conf.",
    mappings: ["ASVS-5.0:13.3.1"]
  )

  static let exposedFiles = Check(
    "nginx.exposed-files",
    .critical,
    "No folder that nginx hands out has the settings, keys, nginx's configuration or the database.",
    why: "Strangers would download the store's keys and every user's facts.",
    mend: "Let `root` and `alias` name a folder that has nothing but what everybody may read.",
    mappings: ["ASVS-5.0:13.4.3"]
  )
  static let logSecrets = Check(
    "nginx.log-secrets",
    .high,
    "The access log has no tokens, cookies, bodies or queries.",
    why: "Whoever reads the log, or a backup of it, can act as its users while the tokens are valid.",
    mend: "nginx/http/log.conf: take log_format from the installed file; it has the path without the query.",
    mappings: ["ASVS-5.0:16.2.5"]
  )

  static let nginx: [Check] = [
    tlsVersion, tlsCiphers, certificate, plainHTTP, hsts, headers, serverVersion, unknownHost, privateListeners,
    guardedImages, sharedCache, rateLimits, realIP, nginxUser,
    nginxFiles, exposedFiles, logSecrets,
  ]
}
