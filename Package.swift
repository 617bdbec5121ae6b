// swift-tools-version: 6.2
import PackageDescription

// Each target states its layer, which is its folder, and every target that it imports.
// `swift build --explicit-target-dependency-import-check error` refuses an import that is not stated.

let commonSettings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

/// The folders of Sources, top first.
///
/// A target imports targets of lower layers; Tests/ArchitectureTests checks it.
enum Layer: String {
  case programs = "Programs"
  case runtime = "Runtime"
  case features = "Features"
  case adapters = "Adapters"
  case sandbox = "Sandbox"
  case c = "C"

  func path(of target: String) -> String { "Sources/\(rawValue)/\(target)" }
}

/// A C library of Debian's, by its pkg-config name.
func library(_ name: String, _ pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: Layer.c.path(of: name), pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// C or C++ of ours; where it stands over a library, Swift does not see the headers of that library.
///
/// `linking` names a library that the pkg-config file of `over` does not.
func shim(_ name: String, over library: String? = nil, linking linked: String? = nil) -> Target {
  .target(
    name: name,
    dependencies: library.map { [.target(name: $0)] } ?? [],
    path: Layer.c.path(of: name),
    linkerSettings: linked.map { [.linkedLibrary($0)] } ?? []
  )
}

func module(_ layer: Layer, _ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, path: layer.path(of: name), swiftSettings: commonSettings)
}

func program(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies,
    path: Layer.programs.path(of: name),
    swiftSettings: commonSettings
  )
}

func tests(of name: String, _ dependencies: Target.Dependency..., exclude: [String] = []) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies, exclude: exclude, swiftSettings: commonSettings)
}

let package = Package(
  name: "stowage",
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
  targets: [
    library("CFastCGI", "fcgi", apt: "libfcgi-dev"),
    library("COpenSSL", "libcrypto", apt: "libssl-dev"),
    library("CLibpq", "libpq", apt: "libpq-dev"),
    library("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),
    library("CJose", "jose", apt: "libjose-dev"),
    library("CSeccomp", "libseccomp", apt: "libseccomp-dev"),
    library("CMagic", "libmagic", apt: "libmagic-dev"),
    // GObject's file: libvips' own has -pthread in it, which SwiftPM warns of. The headers of libvips need GLib's folders alone.
    library("CLibvips", "gobject-2.0", apt: "libvips-dev"),
    library("CZip", "libzip", apt: "libzip-dev"),
    library("CZlib", "zlib", apt: "zlib1g-dev"),
    library("CExpat", "expat", apt: "libexpat1-dev"),
    library("CLibgsf", "libgsf-1", apt: "libgsf-1-dev"),
    library("CLibqpdf", "libqpdf", apt: "libqpdf-dev"),
    shim("CVips", over: "CLibvips", linking: "vips"),
    shim("CGsf", over: "CLibgsf"),
    shim("CQpdf", over: "CLibqpdf"),
    shim("CSpawn"),
    shim("CFork"),
    shim("CDisk"),
    .target(name: "Core", swiftSettings: commonSettings),
    module(.adapters, "HTTP", "CCurl"),
    module(.adapters, "Storage"),
    module(.adapters, "Metrics"),
    module(.adapters, "FastCGI", "CFastCGI"),
    module(.adapters, "Signing", "COpenSSL"),
    module(.adapters, "XML"),
    module(.adapters, "S3", "HTTP", "Storage", "Signing", "XML"),
    module(.adapters, "CredentialProviders", "HTTP", "Signing", "XML"),
    module(.adapters, "Tokens", "CJose", "COpenSSL", "HTTP"),
    module(.adapters, "Database", "Core", "Signing", "CLibpq", grdb),
    module(.adapters, "Scanning"),
    module(.adapters, "Compression", "CZlib"),
    module(.adapters, "Decoding", "Core", "CFork", "CSpawn"),
    module(.sandbox, "Isolation", "Core", "CFork", "CSeccomp"),
    module(.sandbox, "Imaging", "Core", "CVips", "CMagic"),
    module(.sandbox, "Documents", "Core", "CZip", "CExpat", "CGsf", "CQpdf"),
    module(.features, "Uploads", "Core", "Storage", "S3", "Signing", "Database"),
    module(.features, "Events", "Core", "Database", "Signing"),
    module(.features, "Access", "Core", "Tokens", "Database"),
    module(.features, "Catalog", "Core", "Storage", "Signing", "S3", "Database"),
    module(.features, "Processing", "Core", "HTTP", "Storage", "Signing", "Database", "Scanning", "Decoding"),
    module(.features, "Reporting", "Core", "Database", "FastCGI"),
    module(.features, "Buckets", "Core", "HTTP", "Storage", "S3"),
    module(.features, "Costs", "Core", "S3"),
    module(.features, "Audit", "Core", "HTTP", "Storage", "Signing", "S3", "XML", "Database", "FastCGI", "Scanning"),
    module(.features, "Usage", "Core", "Compression", "Signing", "Storage", "Database"),
    module(.features, "Migration", "Core", "HTTP", "Storage", "Signing", "Database", "CDisk"),
    module(
      .features,
      "Operations",
      "Core",
      "CredentialProviders",
      "HTTP",
      "Storage",
      "S3",
      "Database",
      "FastCGI",
      "Scanning",
      "Decoding",
      "Tokens",
      "CSpawn"
    ),
    module(
      .runtime,
      "Assembly",
      "Core",
      "CredentialProviders",
      "HTTP",
      "Metrics",
      "Storage",
      "S3",
      "Signing",
      "Tokens",
      "Database",
      "Scanning",
      "Decoding",
      "Processing",
      configuration,
      logging
    ),
    module(.runtime, "Endpoint", "Core", "Metrics", "Signing", "FastCGI", "Assembly", "Access", logging),
    program("presign", "Endpoint", "FastCGI", "Assembly", "Core", "Access", "Uploads"),
    program("webhook", "Endpoint", "FastCGI", "Assembly", "Core", "Events"),
    program("image", "Endpoint", "FastCGI", "Assembly", "Core", "Database", "Catalog", "Metrics", "Processing"),
    program(
      "files",
      "Endpoint",
      "FastCGI",
      "Assembly",
      "Core",
      "Access",
      "Catalog",
      "Database",
      "Metrics",
      "Migration",
      "Processing",
      logging
    ),
    program("authorize", "Endpoint", "FastCGI", "Assembly", "Core", "Access", "Database", "Tokens", logging),
    program("worker", "Endpoint", "Metrics", "Assembly", "Core", "Database", "Processing", "Usage", logging),
    program(
      "dashboard",
      "Endpoint",
      "FastCGI",
      "Assembly",
      "Core",
      "Access",
      "Buckets",
      "Catalog",
      "Costs",
      "Database",
      "Reporting",
      "S3",
      logging
    ),
    program(
      "stowage",
      "Access",
      "Assembly",
      "Audit",
      "Buckets",
      "Catalog",
      "Core",
      "Costs",
      "Database",
      "FastCGI",
      "Migration",
      "Operations",
      "Processing",
      "S3",
      "Signing",
      "Storage",
      "Tokens",
      "Usage",
      arguments
    ),
    program("decoder", "Isolation", "Imaging", "Documents", "Core"),
    // tests
    .target(
      name: "TestSupport",
      dependencies: ["Core", "Storage", "HTTP", "S3", "Signing"],
      path: "Tests/Support",
      swiftSettings: commonSettings
    ),
    tests(of: "Core", "Core", "TestSupport"),
    tests(of: "FastCGI", "FastCGI", "TestSupport", "fastcgi-echo"),
    tests(of: "Metrics", "Metrics", "TestSupport"),
    tests(of: "Signing", "Signing", exclude: ["presign.py"]),
    tests(of: "HTTP", "HTTP", "TestSupport"),
    tests(of: "XML", "XML"),
    tests(of: "S3", "S3", "Storage", "Signing", "HTTP", "XML", "TestSupport", exclude: ["documents.py"]),
    tests(
      of: "CredentialProviders",
      "CredentialProviders",
      "HTTP",
      "S3",
      "Signing",
      "Storage",
      "TestSupport",
      "presign",
      "stowage"
    ),
    tests(of: "Tokens", "Tokens", "Signing", "TestSupport", exclude: ["cloudfront.py"]),
    tests(of: "Database", "Database", "Core", "TestSupport", grdb, exclude: ["PostgreSQL/Python"]),
    tests(of: "Scanning", "Scanning", "TestSupport"),
    tests(of: "Imaging", "Imaging", "Core", "TestSupport", exclude: ["browser", "hiding"]),
    tests(of: "Documents", "Documents", "Core", "TestSupport", exclude: ["Python"]),
    tests(of: "Decoding", "Decoding", "Core", "TestSupport", "decoder", exclude: ["Python"]),
    tests(
      of: "Assembly",
      "Assembly",
      "Core",
      "Database",
      "Metrics",
      "Processing",
      "S3",
      "Storage",
      "TestSupport",
      logging
    ),
    .testTarget(name: "ArchitectureTests", dependencies: ["Core"], swiftSettings: commonSettings),
    .testTarget(
      name: "IntegrationTests",
      dependencies: ["TestSupport", "Core", "FastCGI", "HTTP", "S3", "Storage", "Tokens"],
      exclude: ["browser"],
      swiftSettings: commonSettings
    ),
    tests(of: "Web", "TestSupport", exclude: ["module", "openapi"]),
    tests(of: "Contract", "HTTP", "TestSupport", exclude: ["openapi"]),
    .testTarget(
      name: "FireTests",
      dependencies: ["TestSupport", "HTTP", "S3", "Storage", grdb],
      exclude: ["auditor", "browser", "workbook.py"],
      swiftSettings: commonSettings
    ),
    tests(of: "Uploads", "Uploads", "Core", "Database", "S3", "Signing", "Storage", "TestSupport"),
    tests(of: "Events", "Events", "Core", "Database", "TestSupport", exclude: ["Captured"]),
    tests(of: "Access", "Access", "Core", "Database", "Tokens", "Signing", "TestSupport"),
    tests(of: "Buckets", "Buckets", "Assembly", "Core", "HTTP", "S3", "Storage", "TestSupport", logging),
    tests(of: "Costs", "Costs", "Core", "Database", "S3", "TestSupport", "stowage"),
    tests(
      of: "Audit",
      "Audit",
      "Assembly",
      "Core",
      "HTTP",
      "S3",
      "Signing",
      "Storage",
      "TestSupport",
      logging,
      exclude: ["Python"]
    ),
    tests(of: "Reporting", "Reporting", "Core", "Costs", "Database", "FastCGI", "TestSupport"),
    tests(of: "Catalog", "Catalog", "Core", "Database", "S3", "Signing", "Storage", "TestSupport"),
    tests(
      of: "Processing",
      "Processing",
      "Catalog",
      "Core",
      "Database",
      "Decoding",
      "S3",
      "Scanning",
      "Signing",
      "Storage",
      "TestSupport"
    ),
    tests(of: "Compression", "Compression"),
    tests(
      of: "Usage",
      "Usage",
      "Core",
      "Database",
      "S3",
      "Signing",
      "Storage",
      "TestSupport",
      "stowage",
      grdb,
      exclude: ["Python"]
    ),
    tests(of: "Migration", "Migration", "Core", "Database", "HTTP", "S3", "Signing", "Storage", "TestSupport"),
    tests(
      of: "Operations",
      "Operations",
      "Assembly",
      "Core",
      "CredentialProviders",
      "Database",
      "Decoding",
      "FastCGI",
      "Scanning",
      "S3",
      "Storage",
      "TestSupport",
      "fastcgi-echo",
      logging
    ),
    tests(of: "Endpoint", "Endpoint", "Assembly", "Core", "FastCGI", "Metrics", "Storage", "TestSupport", logging),
    .executableTarget(
      name: "fastcgi-echo",
      dependencies: ["FastCGI"],
      path: "Tests/fastcgi-echo",
      swiftSettings: commonSettings
    ),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
