import Core
import Foundation
import Scanning

extension SettingsReader {
  /// Returns all settings; nil if there are `problems`, such as a missing setting without a default.
  mutating func settings() -> Settings? {
    let environment = choice("STOWAGE_ENVIRONMENT", fallback: Settings.Environment.production)
    let store = storeSettings()
    let buckets = bucketNames(in: store)
    let bucketDocuments = path("STOWAGE_BUCKET_DOCUMENTS", fallback: "/etc/stowage/buckets")
    let prices = path("STOWAGE_PRICES", fallback: "/etc/stowage/prices.json")
    let database = databaseLocation()
    var uploads = uploadPolicy()
    if let store {
      uploads.signsChecksums = store.checksums == .verified
      uploads.signsACL = store.uploadACL == .private
      uploads.guardsCopies = store.unsignedHeaders == .obeyed && store.uploadKeys == nil
    }
    let quotas = Int(AccountDefaults.quotaRange.lowerBound)...Int(AccountDefaults.quotaRange.upperBound)
    let accounts = AccountDefaults(
      plan: choice("STOWAGE_PLAN_DEFAULT", fallback: Plan.standard),
      quotaBytes: Int64(integer("STOWAGE_QUOTA_DEFAULT_BYTES", quotas, unit: "bytes", fallback: 5 << 30))
    )
    let tokens = tokenSettings(environment)
    let eventsToken = optional("STOWAGE_EVENTS_TOKEN", "at least 16 characters, or none", isSecret: true) {
      $0.utf8.count >= 16 ? Secret($0) : nil
    }
    let scanner = scannerSettings()
    let decoder = decoderSettings()
    let variants = variantSpecifications()
    let imagesURL = url("STOWAGE_IMAGES_URL")
    // If the images URL is invalid, only one problem is reported.
    let linksURL = url("STOWAGE_LINKS_URL", fallback: imagesURL ?? "https://localhost")
    let downloads = choice("STOWAGE_DOWNLOADS", fallback: DownloadRoute.redirect)
    let linkDownloads = choice("STOWAGE_LINK_DOWNLOADS", fallback: DownloadRoute.nginx)
    let oldURLs = oldURLSettings()
    let cookies = cookieSettings()
    let cloudFront = cloudFrontSettings()
    let onDemand = onDemandSettings()
    let cacheNodes = cacheNodes()
    let corsOrigins = corsOrigins(environment)
    let corsHeaders = corsHeaders()
    let endpoint = endpointSettings()
    let retention = retentionRule()
    let worker = workerSettings(environment)
    let usage = usageSettings()
    let audit = auditSettings()
    let nginxLog = optional("STOWAGE_NGINX_LOG", "an absolute path, or none") { $0.hasPrefix("/") ? $0 : nil }
    let logLevel = choice("STOWAGE_LOG_LEVEL", fallback: LogLevel.info)
    guard problems.isEmpty, let store, let bucketDocuments, let prices, let database, let tokens, let scanner,
      let decoder, let imagesURL,
      let linksURL, let endpoint, let worker
    else { return nil }
    return Settings(
      environment: environment,
      store: store,
      buckets: buckets,
      bucketDocuments: bucketDocuments,
      prices: prices,
      database: database,
      uploads: uploads,
      accounts: accounts,
      tokens: tokens,
      eventsToken: eventsToken,
      scanner: scanner,
      decoder: decoder,
      variants: variants,
      imagesURL: imagesURL,
      linksURL: linksURL,
      downloads: downloads,
      linkDownloads: linkDownloads,
      oldURLs: oldURLs,
      cookies: cookies,
      cloudFront: cloudFront,
      cacheNodes: cacheNodes,
      corsOrigins: corsOrigins,
      corsHeaders: corsHeaders,
      endpoint: endpoint,
      onDemand: onDemand,
      retention: retention,
      worker: worker,
      usage: usage,
      audit: audit,
      nginxLog: nginxLog,
      logLevel: logLevel
    )
  }

  private mutating func uploadPolicy() -> UploadPolicy {
    let standard = UploadPolicy()
    let known = FileType.allCases.map(\.contentType).joined(separator: ",")
    let usual = standard.types.map(\.contentType).joined(separator: ",")
    return UploadPolicy(
      types: list("STOWAGE_UPLOAD_TYPES", "media types out of \(known)", fallback: usual) {
        FileType(contentType: $0)
      }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
      plainTypes: plainTypes(),
      maximumBytes: Int64(
        integer("STOWAGE_UPLOAD_MAX_BYTES", 1...(5 << 40), unit: "bytes", fallback: Int(standard.maximumBytes))
      ),
      singlePutMaximumBytes: Int64(
        integer(
          "STOWAGE_UPLOAD_SINGLE_MAX_BYTES",
          1...(5 << 30),
          unit: "bytes",
          fallback: Int(standard.singlePutMaximumBytes)
        )
      ),
      urlSeconds: integer(
        "STOWAGE_UPLOAD_URL_SECONDS",
        1...UploadPolicy.maximumURLSeconds,
        unit: "seconds",
        fallback: standard.urlSeconds
      ),
      maximumOpen: integer(
        "STOWAGE_UPLOAD_MAX_OPEN",
        0...1_000_000,
        unit: "uploads",
        fallback: standard.maximumOpen
      ),
      activeContent: choice("STOWAGE_UPLOAD_ACTIVE_CONTENT", fallback: standard.activeContent)
    )
  }

  /// Returns the plain types; reports each element that is no plain type, and extensions that two types have.
  private mutating func plainTypes() -> [PlainType] {
    let name = "STOWAGE_UPLOAD_PLAIN_TYPES"
    var found: [PlainType] = []
    var complaints: [String] = []
    let text = optional(
      name,
      "media types such as text/csv, or application/x-foo=foo for a type that is not well-known"
    ) { $0 }
    for element in text?.split(separator: ",") ?? [] {
      do throws(PlainType.SettingError) {
        let type = try PlainType(setting: element.trimmingCharacters(in: .whitespaces))
        for other in found where other == type || !Set(other.extensions).isDisjoint(with: type.extensions) {
          complaints.append("\(type.contentType) and \(other.contentType): a type or an extension is there twice")
        }
        found.append(type)
      } catch {
        complaints.append(error.description)
      }
    }
    for complaint in complaints { report("\(name): \(complaint)") }
    return found
  }

  private mutating func scannerSettings() -> ScannerSettings? {
    enum Kind: String, CaseIterable { case clamd, none }
    let kind = choice("STOWAGE_SCANNER", fallback: Kind.clamd)
    let clamd = value(
      "STOWAGE_CLAMD_SOCKET",
      "the path of clamd's socket, or host:port",
      fallback: "/run/clamav/clamd.ctl"
    ) { ClamdAddress($0) == nil ? nil : ScannerSettings.clamd(address: $0) }
    return kind == .none ? ScannerSettings.none : clamd
  }

  private mutating func decoderSettings() -> DecoderSettings? {
    let standard = DecoderLimits()
    let beside = URL(fileURLWithPath: ownExecutablePath()).deletingLastPathComponent().path
    let path = path("STOWAGE_DECODER", fallback: beside + "/decoder")
    let pixels = integer(
      "STOWAGE_IMAGE_MAX_PIXELS",
      1...400_000_000,
      unit: "pixels",
      fallback: standard.maximumPixels
    )
    let limits = DecoderLimits(
      maximumPixels: pixels,
      // A general limit that is lowered alone lowers the limit for JPEG too.
      maximumJPEGPixels: integer(
        "STOWAGE_IMAGE_MAX_PIXELS_JPEG",
        1...400_000_000,
        unit: "pixels",
        fallback: pixels < standard.maximumPixels ? pixels : max(pixels, standard.maximumJPEGPixels)
      ),
      maximumSide: integer("STOWAGE_IMAGE_MAX_SIDE", 1...65_535, unit: "pixels", fallback: standard.maximumSide),
      maximumAspectRatio: integer(
        "STOWAGE_IMAGE_MAX_ASPECT_RATIO",
        1...1000,
        unit: "longer side over shorter",
        fallback: standard.maximumAspectRatio
      ),
      maximumFrames: integer("STOWAGE_IMAGE_MAX_FRAMES", 1...10_000, unit: "frames", fallback: standard.maximumFrames),
      addressSpaceBytes: integer(
        "STOWAGE_DECODER_MEMORY_BYTES",
        (256 << 20)...(16 << 30),
        unit: "bytes",
        fallback: standard.addressSpaceBytes
      ),
      cpuSeconds: integer("STOWAGE_DECODER_CPU_SECONDS", 5...3600, unit: "seconds", fallback: standard.cpuSeconds),
      deadlineSeconds: integer(
        "STOWAGE_DECODER_DEADLINE_SECONDS",
        1...60,
        unit: "seconds",
        fallback: standard.deadlineSeconds
      )
    )
    return path.map { DecoderSettings(path: $0, limits: limits) }
  }

  private mutating func variantSpecifications() -> [VariantSpecification] {
    let fallback = VariantSpecification.defaults.filter { $0.shape != .stripped }
      .map { "\($0.name)=\($0.shape)" }.joined(separator: ",")
    let listed = list(
      "STOWAGE_VARIANTS",
      "name=cover:WxH or name=width:W, comma-separated, each side from 1 to \(VariantShape.longestSide) pixels",
      fallback: fallback
    ) { item -> VariantSpecification? in
      let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let name = VariantName(parts[0]), name != .original,
        let shape = VariantShape(parts[1]), shape != .stripped
      else { return nil }
      return VariantSpecification(name: name, shape: shape)
    }
    return listed + [VariantSpecification(name: .original, shape: .stripped)]
  }

  private mutating func oldURLSettings() -> OldURLSettings {
    OldURLSettings(
      downloads: choice("STOWAGE_OLD_URLS_DOWNLOADS", fallback: DownloadRoute.nginx),
      folder: optional("STOWAGE_OLD_URLS_FOLDER", "an absolute path without a slash at its end, or none") { path in
        path.hasPrefix("/") && !path.hasSuffix("/") ? path : nil
      }
    )
  }

  private mutating func cacheNodes() -> [String] {
    let expected = "addresses such as http://10.0.0.2:8446, comma-separated, or none"
    return value("STOWAGE_CACHE_NODES", expected, fallback: "none") { text -> [String]? in
      if text == "none" { return [] }
      let nodes = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      return nodes.allSatisfy { SettingsReader.origin($0) != nil } ? nodes : nil
    } ?? []
  }

  private mutating func endpointSettings() -> EndpointSettings? {
    let directory = path("STOWAGE_SOCKET_DIRECTORY", fallback: "/run/stowage")
    let mode = value("STOWAGE_SOCKET_MODE", "an octal mode such as 0660", fallback: "0660") { text in
      UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
    }
    let threads = integer("STOWAGE_ENDPOINT_THREADS", 1...256, unit: "threads", fallback: 32)
    let deadline = integer("STOWAGE_ENDPOINT_DEADLINE_SECONDS", 1...600, unit: "seconds", fallback: 60)
    guard let directory, let mode else { return nil }
    return EndpointSettings(
      socketDirectory: directory,
      socketMode: mode,
      threads: threads,
      deadlineSeconds: deadline
    )
  }

  private mutating func onDemandSettings() -> OnDemandSettings {
    let standard = OnDemandSettings()
    return OnDemandSettings(
      files: integer("STOWAGE_ON_DEMAND_FILES", 1...64, unit: "files", fallback: standard.files),
      pixels: integer("STOWAGE_ON_DEMAND_PIXELS", 1_000_000...1_000_000_000, unit: "pixels", fallback: standard.pixels)
    )
  }
}

/// Returns the path of this program's file, or the name of the command if the system does not tell the path.
private func ownExecutablePath() -> String {
  (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
}
