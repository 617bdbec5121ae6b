import Core
import Database
import Foundation
import HTTP
import S3
import Storage

extension Examination {
  /// Asks for a file as another user, and for a private image as everybody.
  static let files = Examination(checks: [.foreignFile, .privateImage]) { ground in
    let files: [FileRecord]
    do {
      let filter = try FileFilter(states: "ready")
      files = try ground.subject.database().filesOfAll(filter, limit: 200, examining: 2000).files
    } catch {
      return [Check.foreignFile, .privateImage].map {
        $0.found(at: "\(ground.settings.database)", .unknown("no file to try could be read: \(error)"))
      }
    }
    return [
      Check.foreignFile.found(at: ground.settings.linksURL, foreignFile(files, ground)),
      Check.privateImage.found(at: ground.settings.imagesURL, privateImage(files, ground)),
      Check.privateImage.found(at: ground.settings.buckets.processed, openRenderings(ground)),
    ]
  }

  /// The number of objects of the folder for public renderings that are looked at.
  private static let maximumRenderings = 20_000

  /// Looks for renderings of files that are not public in the folder that a CDN reads.
  private static func openRenderings(_ ground: Ground) -> Observation {
    let prefix = RenderingPlace.open.rawValue + "/"
    do {
      let (store, database) = (try ground.subject.store(), try ground.subject.database())
      var (count, token): (Int, String?) = (0, nil)
      var isPublic: [FileID: Bool] = [:]
      repeat {
        let page = try store.list(ground.settings.buckets.processed, prefix: prefix, after: token, limit: 1000)
        for object in page.items {
          guard let key = RenderingKey(object.key), key.place == .open else { continue }
          if isPublic[key.file] == nil { isPublic[key.file] = try isShown(key.file, database) }
          if isPublic[key.file] == false {
            return .fail("\(prefix) has a rendering of a file that is not public", object.key)
          }
        }
        count += page.items.count
        token = page.next
      } while token != nil && count < maximumRenderings && !ground.isStopped()
      let rest = token == nil ? "" : ", the first that the store lists"
      return .pass("\(prefix) has renderings of public files only: looked at \(Wording.number(count, "object"))\(rest)")
    } catch {
      return .unknown("the renderings cannot be listed: \(error)")
    }
  }

  /// True if everybody may see the file; a file whose renderings a worker is about to move gets time for it.
  private static func isShown(_ id: FileID, _ database: FileDatabase) throws(StorageError) -> Bool {
    for attempt in 0..<2 {
      if attempt > 0 { Thread.sleep(forTimeInterval: 3) }
      if let file = try database.file(id), file.state == .ready, file.visibility == .public { return true }
    }
    return false
  }

  private static func foreignFile(_ files: [FileRecord], _ ground: Ground) -> [Observation] {
    let users = Set(files.map(\.user)).sorted { $0.description < $1.description }
    guard users.count > 1 else { return [.manual("fewer than two users have files: there is nothing to try")] }
    let tokens = users.lazy.compactMap { user in ground.subject.token(user).map { (user: user, token: $0) } }
    guard let asker = tokens.first, let file = files.first(where: { $0.user != asker.user }) else {
      return [.unknown("no token of a user to try with: give one by --token-file")]
    }
    let headers = [(name: "Authorization", value: "Bearer \(asker.token)")]
    let own = ground.site.ask("GET", ground.settings.linksURL + "/v1/usage", headers: headers)
    guard own.isSuccess else {
      return [.unknown("the token of the user is refused", own.quote("GET \(ground.settings.linksURL)/v1/usage"))]
    }
    return ["", "/download"].map { end in
      let url = "\(ground.settings.linksURL)/v1/files/\(file.id)\(end)"
      let answer = ground.site.ask("GET", url, headers: headers)
      let quote = answer.quote("GET \(url) (as another user)")
      switch answer.status {
      case .some(404), .some(403): return .pass("another user gets nothing", quote)
      case .some(200..<400): return .fail("a user gets the file of another user", quote)
      default: return .unknown("neither answered nor refused", quote)
      }
    }
  }

  private static func privateImage(_ files: [FileRecord], _ ground: Ground) -> [Observation] {
    guard let file = files.first(where: { $0.visibility == .private && !$0.variants.isEmpty }),
      let variant = file.variants.first
    else { return [.manual("no private image is ready: there is nothing to try")] }
    let unversioned = variant.key.replacing("/\(variant.version)/", with: "/")
    return [variant.key, unversioned].map { key in
      let url = "\(ground.settings.imagesURL)/images/\(key)"
      let answer = ground.site.ask("GET", url)
      let quote = answer.quote("GET \(url)")
      switch answer.status {
      case .some(401), .some(403), .some(404): return .pass("is not served", quote)
      case .some(200..<400): return .fail("a private image is served under /images/", quote)
      default: return .unknown("neither answered nor refused", quote)
      }
    }
  }

  /// Looks at the cookies for images.
  static let cookies = Examination(checks: [.cookieAttributes, .cookieHash, .cookieLifetime, .tokenCookie]) { ground in
    let settings = ground.settings
    let name = settings.tokens.cookie
    let isNamed = name.map { $0.hasPrefix("__Host-") || $0.hasPrefix("__Secure-") } ?? true
    let hours = Wording.duration(Double(settings.cookies.seconds))
    return [
      Check.cookieAttributes.found(at: settings.linksURL + "/v1/cookies", attributes(ground)),
      Check.cookieHash.found(
        at: "STOWAGE_COOKIE_HASH",
        settings.cookies.hash == .sha1 ? .fail("sha1") : .pass(settings.cookies.hash.rawValue)
      ),
      Check.cookieLifetime.found(
        at: "STOWAGE_COOKIE_SECONDS",
        settings.cookies.seconds > 86_400 ? .fail("cookies live \(hours)") : .pass("cookies live \(hours)")
      ),
      Check.tokenCookie.found(
        at: "STOWAGE_TOKEN_COOKIE",
        isNamed ? .pass(name ?? "no cookie carries the token") : .fail("the cookie is named \(name ?? "")")
      ),
    ]
  }

  private static func attributes(_ ground: Ground) -> Observation {
    guard ground.settings.cookies.signingKey != nil else { return .pass("no cookies are issued") }
    let files = try? ground.subject.database().filesOfAll(FileFilter(states: "ready"), limit: 200, examining: 2000)
      .files
    let users = Set((files ?? []).map(\.user)).sorted { $0.description < $1.description }
    guard !users.isEmpty else { return .manual("no user has files: there is nobody to try as") }
    guard let token = users.lazy.compactMap({ ground.subject.token($0) }).first else {
      return .unknown("no token of a user to try with: give one by --token-file")
    }
    let url = ground.settings.linksURL + "/v1/cookies"
    let answer = ground.site.ask("POST", url, headers: [("Authorization", "Bearer \(token)")], body: [])
    guard case .success(let response) = answer, response.head.isSuccess else {
      return .unknown("no cookies were issued", answer.quote("POST \(url)"))
    }
    let cookies = response.head.headers.filter { $0.name.lowercased() == "set-cookie" }.map(\.value)
    guard !cookies.isEmpty else { return .unknown("the answer sets no cookies", answer.quote("POST \(url)")) }
    for cookie in cookies {
      let parts = cookie.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
      var missing = ["secure", "httponly"].filter { !parts.contains($0) }
      if !parts.contains("samesite=lax"), !parts.contains("samesite=strict") { missing.append("samesite") }
      let name = cookie.prefix { $0 != "=" }
      if !missing.isEmpty {
        return .fail("\(name) lacks \(missing.joined(separator: ", "))", answer.quote("POST \(url)"))
      }
    }
    return .pass("\(Wording.number(cookies.count, "cookie")), each Secure, HttpOnly and SameSite")
  }
}
