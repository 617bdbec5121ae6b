import Core
import Foundation
import Glibc
import S3

/// The facts about a file that its modes and times tell.
struct FileFacts {
  let path: String
  let mode: mode_t
  let owner: uid_t
  let modified: Date

  /// Nil if the file does not exist or its folder cannot be entered.
  init?(_ path: String) {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return nil }
    self.path = path
    mode = facts.st_mode & 0o7777
    owner = facts.st_uid
    modified = Date(timeIntervalSince1970: Double(facts.st_mtim.tv_sec))
  }

  /// The mode in octal, such as 0640.
  var octal: String { "0" + String(mode, radix: 8) }

  /// Judges the bits of others.
  static func closed(_ path: String, to bits: mode_t = 0o007) -> Observation {
    guard let facts = FileFacts(path) else {
      return .unknown("\(path): \(String(cString: strerror(errno)))")
    }
    guard facts.mode & bits == 0 else {
      return .fail("has mode \(facts.octal): it is open for everybody", "\(path): \(facts.octal)")
    }
    if let folder = replaceable(path) {
      return .fail("everybody can replace it in its folder", "\(folder.path): \(folder.octal)")
    }
    return .pass("has mode \(facts.octal)")
  }

  /// Returns the folder above the file, or above its symbolic link, in which everybody can put something else in the place
  /// of what leads to the file.
  private static func replaceable(_ path: String) -> FileFacts? {
    links(from: path).lazy.flatMap(folders).first { $0.mode & 0o002 != 0 && $0.mode & mode_t(S_ISVTX) == 0 }
  }

  /// Returns the path, and the target of each symbolic link on the way to the file.
  private static func links(from path: String) -> [String] {
    var found = [path, URL(filePath: path).resolvingSymlinksInPath().path]
    var current = URL(filePath: path)
    for _ in 0..<maximumLinks {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: current.path) else { break }
      current = URL(filePath: target, relativeTo: current.deletingLastPathComponent()).standardizedFileURL
      found.append(current.path)
    }
    return found
  }

  /// The most symbolic links that Linux follows. Source: https://man7.org/linux/man-pages/man7/path_resolution.7.html
  private static let maximumLinks = 40

  /// True if a folder above the file lets others reach nothing below it.
  static func isOutOfReach(_ path: String) -> Bool { folders(above: path).contains { $0.mode & 0o001 == 0 } }

  private static func folders(above path: String) -> [FileFacts] {
    var (folder, found): (URL, [FileFacts]) = (URL(filePath: path).standardizedFileURL, [])
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      if let facts = FileFacts(folder.path) { found.append(facts) }
    }
    return found
  }

  /// Judges the time of the last change.
  static func fresh(_ path: String, within days: Double, at now: Date) -> Observation {
    guard let facts = FileFacts(path) else {
      return .unknown("\(path): \(String(cString: strerror(errno)))")
    }
    let age = now.timeIntervalSince(facts.modified)
    let text = "written \(facts.modified.ISO8601Format())"
    return age > days * 86_400 ? .fail("\(text), more than \(Int(days)) days ago") : .pass(text)
  }
}

extension Examination {
  /// Looks at the modes and ages of files with keys and secrets.
  static let keyFiles = Examination(
    checks: [
      .tokenKeyMode, .cookieKeyMode, .tlsKeyMode, .settingsMode, .tokenKeyAge, .cookieKeyAge, .secretsAge,
    ]
  ) { ground in
    tokenFile(ground) + cookieFile(ground) + certificateKeys(ground) + settingsFile(ground)
  }

  private static func tokenFile(_ ground: Ground) -> [Finding] {
    guard ground.settings.tokens.identity == .jwt, case .file(let path)? = ground.settings.tokens.keys else {
      let text = "no file has token keys"
      return [Check.tokenKeyMode, .tokenKeyAge].map { $0.found(at: "STOWAGE_TOKEN_KEY_FILE", .pass(text)) }
    }
    return [
      Check.tokenKeyMode.found(at: path, FileFacts.closed(path)),
      Check.tokenKeyAge.found(at: path, FileFacts.fresh(path, within: 365, at: ground.now)),
    ]
  }

  private static func cookieFile(_ ground: Ground) -> [Finding] {
    guard let path = ground.settings.cookies.signingKey?.path else {
      let text = "no cookies are issued"
      return [Check.cookieKeyMode, .cookieKeyAge].map { $0.found(at: "STOWAGE_COOKIE_SIGNING_KEY", .pass(text)) }
    }
    return [
      Check.cookieKeyMode.found(at: path, FileFacts.closed(path)),
      Check.cookieKeyAge.found(at: path, FileFacts.fresh(path, within: 365, at: ground.now)),
    ]
  }

  private static func certificateKeys(_ ground: Ground) -> [Finding] {
    guard case .read(let configuration) = ground.nginx else {
      let observations = ground.configured { _ in .pass("") }
      return [
        Check.tlsKeyMode.found(
          at: ground.subject.nginxFile ?? "nginx",
          observations.isEmpty ? [.manual("nginx runs elsewhere")] : observations
        )
      ]
    }
    let paths = configuration.all.filter { $0.name == "ssl_certificate_key" }.compactMap(\.arguments.first)
    guard !paths.isEmpty else { return [Check.tlsKeyMode.found(at: "nginx", .manual("nginx names no private key"))] }
    return Set(paths.map(configuration.path)).sorted().map { Check.tlsKeyMode.found(at: $0, FileFacts.closed($0)) }
  }

  private static func settingsFile(_ ground: Ground) -> [Finding] {
    guard let path = ground.subject.settingsFile else {
      let text = "the settings come from the environment alone"
      return [Check.settingsMode, .secretsAge].map { $0.found(at: "STOWAGE_CONFIG", .manual(text)) }
    }
    return [
      Check.settingsMode.found(at: path, FileFacts.closed(path)),
      Check.secretsAge.found(at: path, FileFacts.fresh(path, within: 90, at: ground.now)),
    ]
  }

  /// Looks at the strength of secrets, and compares them with one another.
  static let secrets = Examination(
    checks: [.tokenKeyStrength, .tokenKeyPrivate, .secretsShared, .eventsToken]
  ) { ground in
    let keys = TokenKeys(ground.settings.tokens)
    return [
      Check.tokenKeyStrength.found(at: keys.place, keys.strength),
      Check.tokenKeyPrivate.found(at: keys.place, keys.privacy),
      Check.secretsShared.found(at: "the settings", shared(keys, ground.settings)),
      Check.eventsToken.found(at: "STOWAGE_EVENTS_TOKEN", eventsToken(ground.settings)),
    ]
  }

  private static func eventsToken(_ settings: Settings) -> Observation {
    guard let token = settings.eventsToken?.revealed else { return .pass("none: every event is refused") }
    if token.utf8.count < 32 { return .fail("has \(token.utf8.count) characters") }
    return Set(token.utf8).count < 10 ? .fail("repeats a few characters") : .pass("has \(token.utf8.count) characters")
  }

  private static func shared(_ keys: TokenKeys, _ settings: Settings) -> Observation {
    let store = settings.store
    var named: [(name: String, bytes: [UInt8])] = []
    let accessKeys = [
      ("STOWAGE_S3_SECRET_KEY", store.keys), ("STOWAGE_S3_UPLOAD_SECRET_KEY", store.uploadKeys),
      ("STOWAGE_CLOUDFRONT_SECRET_KEY", settings.cloudFront?.keys),
    ]
    for case (let name, let keys?) in accessKeys { named.append((name, Array(keys.secretKey.revealed.utf8))) }
    if let token = settings.eventsToken { named.append(("STOWAGE_EVENTS_TOKEN", Array(token.revealed.utf8))) }
    named += keys.secrets.flatMap { [("a token key", $0.decoded), ("a token key", $0.written)] }
    if let cookie = settings.cookies.signingKey?.path, let file = keys.path,
      let first = FileManager.default.contents(atPath: cookie), first == FileManager.default.contents(atPath: file)
    {
      return .fail("the key of the cookies is also a token key")
    }
    for (index, first) in named.enumerated() where !first.bytes.isEmpty {
      for second in named[(index + 1)...] where second.bytes == first.bytes && second.name != first.name {
        return .fail("\(first.name) is also \(second.name)")
      }
    }
    return .pass("\(Wording.number(named.count, "secret")), all different")
  }
}
