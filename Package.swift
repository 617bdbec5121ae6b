// swift-tools-version: 6.2
import PackageDescription

// One line a target, and one arrow a dependency: Sources/README.md draws the same picture, and
// `swift build --explicit-target-dependency-import-check error` holds it.

let house: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

/// A C library of Debian's, by its pkg-config name.
func c(_ name: String, _ pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A C shim over a system library whose own headers Swift shall not see.
func shim(_ name: String, over system: String) -> Target {
  .target(name: name, dependencies: [.target(name: system)])
}

func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func process(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(of name: String, _ dependencies: Target.Dependency..., exclude: [String] = []) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies, exclude: exclude, swiftSettings: house)
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
    // C
    c("CFastCGI", "fcgi", apt: "libfcgi-dev"),
    c("COpenSSL", "libcrypto", apt: "libssl-dev"),
    c("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),
    c("CJose", "jose", apt: "libjose-dev"),
    c("CSeccomp", "libseccomp", apt: "libseccomp-dev"),
    c("CMagic", "libmagic", apt: "libmagic-dev"),
    c("CLibvips", "vips", apt: "libvips-dev"),
    c("CZip", "libzip", apt: "libzip-dev"),
    c("CExpat", "expat", apt: "libexpat1-dev"),
    c("CLibgsf", "libgsf-1", apt: "libgsf-1-dev"),
    c("CLibqpdf", "libqpdf", apt: "libqpdf-dev"),
    shim("CVips", over: "CLibvips"),
    shim("CGsf", over: "CLibgsf"),
    shim("CQpdf", over: "CLibqpdf"),
    .target(name: "CSpawn"),
    // rule
    module("Core"),
    // general
    module("HTTP", "CCurl"),
    module("Storage"),
    module("Metrics"),
    // adapter
    module("FastCGI", "CFastCGI"),
    module("Signing", "COpenSSL"),
    module("S3", "HTTP", "Storage", "Signing"),
    module("Tokens", "CJose", "COpenSSL", "HTTP"),
    module("Database", "Core", grdb),
    module("Scanning"),
    module("Decoding", "Core", "CSpawn"),
    module("Imaging", "Core", "CVips", "CMagic", "CSeccomp"),
    module("Documents", "Core", "CZip", "CExpat", "CGsf", "CQpdf"),
    // flow
    module("Uploads", "Core", "Storage", "S3", "Signing", "Database"),
    module("Events", "Core", "Database", "Signing"),
    module("Access", "Core", "Tokens", "Database"),
    module("Catalog", "Core", "Storage", "Signing", "S3", "Database"),
    module("Processing", "Core", "HTTP", "Storage", "Signing", "Database", "Scanning", "Decoding"),
    module(
      "Operations",
      "Core",
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
    // root
    module(
      "Assembly",
      "Core",
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
    // host
    module("Endpoint", "Core", "Metrics", "Signing", "FastCGI", "Assembly", "Access", logging),
    // process
    process("presign", "Endpoint", "FastCGI", "Assembly", "Core", "Access", "Uploads"),
    process("webhook", "Endpoint", "FastCGI", "Assembly", "Core", "Events"),
    process("image", "Endpoint", "FastCGI", "Assembly", "Core", "Database", "Catalog", "Processing"),
    process(
      "files",
      "Endpoint",
      "FastCGI",
      "Assembly",
      "Core",
      "Access",
      "Catalog",
      "Database",
      "Processing",
      logging
    ),
    process("authorize", "Endpoint", "FastCGI", "Assembly", "Core", "Access", "Database", "Tokens", logging),
    process("worker", "Endpoint", "Metrics", "Assembly", "Core", "Database", "Processing", logging),
    process(
      "stowage",
      "Assembly",
      "Catalog",
      "Core",
      "Database",
      "FastCGI",
      "Operations",
      "Processing",
      "Storage",
      "Tokens",
      arguments
    ),
    process("decoder", "Imaging", "Documents", "Core"),
    // tests
    module("TestSupport", "Core", "Storage", "HTTP", "S3", "Signing"),
    tests(of: "Core", "Core", "TestSupport"),
    tests(of: "FastCGI", "FastCGI", "TestSupport", "fastcgi-echo"),
    tests(of: "Metrics", "Metrics", "TestSupport"),
    tests(of: "Signing", "Signing", exclude: ["presign.py"]),
    tests(of: "HTTP", "HTTP", "TestSupport"),
    tests(of: "S3", "S3", "Storage", "Signing", "HTTP", "TestSupport"),
    tests(of: "Tokens", "Tokens", "Signing", "TestSupport", exclude: ["cloudfront.py"]),
    tests(of: "Database", "Database", "Core", grdb),
    tests(of: "Scanning", "Scanning", "TestSupport"),
    tests(of: "Imaging", "Imaging", "Core", "TestSupport", exclude: ["hiding"]),
    tests(of: "Documents", "Documents", "Core", "TestSupport", exclude: ["Python"]),
    tests(of: "Decoding", "Decoding", "Core", "TestSupport", "decoder"),
    tests(of: "Assembly", "Assembly", "Core", "TestSupport"),
    .testTarget(name: "ArchitectureTests", swiftSettings: house),
    .testTarget(
      name: "IntegrationTests",
      dependencies: ["TestSupport", "Core", "FastCGI", "HTTP", "S3", "Storage", "Tokens"],
      exclude: ["browser"],
      swiftSettings: house
    ),
    tests(of: "Web", "TestSupport", exclude: ["module"]),
    tests(of: "Contract", "HTTP", "TestSupport", exclude: ["openapi"]),
    .testTarget(
      name: "FireTests",
      dependencies: ["TestSupport", "HTTP", "S3", "Storage", grdb],
      exclude: ["auditor", "browser", "workbook.py"],
      swiftSettings: house
    ),
    tests(of: "Uploads", "Uploads", "Core", "Database", "S3", "Signing", "Storage", "TestSupport"),
    tests(of: "Events", "Events", "Core", "Database", "TestSupport", exclude: ["Captured"]),
    tests(of: "Access", "Access", "Core", "Database", "Tokens", "Signing", "TestSupport"),
    tests(of: "Catalog", "Catalog", "Core", "Database", "S3", "Signing", "Storage", "TestSupport"),
    tests(
      of: "Processing",
      "Processing",
      "Core",
      "Database",
      "Decoding",
      "S3",
      "Scanning",
      "Signing",
      "Storage",
      "TestSupport"
    ),
    tests(
      of: "Operations",
      "Operations",
      "Assembly",
      "Core",
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
      swiftSettings: house
    ),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
