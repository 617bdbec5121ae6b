import Foundation
import Testing

/// The layers of Sources/README.md, top first: a target may import targets of lower layers, and of its own layer only
/// what `sameLayer` lists.
private let layers: [(name: String, targets: Set<String>)] = [
  ("process", ["presign", "webhook", "image", "files", "authorize", "worker", "stowage", "decoder"]),
  ("host", ["Endpoint"]),
  ("root", ["Assembly"]),
  ("flow", ["Uploads", "Events", "Access", "Catalog", "Processing", "Operations"]),
  ("adapter", ["FastCGI", "Signing", "S3", "Tokens", "Database", "Scanning", "Decoding", "Imaging", "Documents"]),
  ("general", ["HTTP", "Storage", "Metrics"]),
  ("rule", ["Core"]),
  (
    "C",
    [
      "CFastCGI", "COpenSSL", "CCurl", "CJose", "CSeccomp", "CMagic", "CLibvips", "CVips", "CSpawn", "CZip", "CExpat",
      "CLibgsf", "CGsf", "CLibqpdf", "CQpdf",
    ]
  ),
]

private let sameLayer: Set<String> = [
  "S3 → Signing", "Tokens → Signing", "CVips → CLibvips", "CGsf → CLibgsf", "CQpdf → CLibqpdf",
]

/// The only targets that see each C library, or the one package that stands in for one.
private let owners = [
  "CFastCGI": ["FastCGI"], "COpenSSL": ["Signing", "Tokens"], "CCurl": ["HTTP"], "CJose": ["Tokens"],
  "CSeccomp": ["Imaging"],
  "CMagic": ["Imaging"], "CSpawn": ["Decoding", "Operations"], "CVips": ["Imaging"], "CLibvips": [],
  "CZip": ["Documents"], "CExpat": ["Documents"], "CGsf": ["Documents"], "CQpdf": ["Documents"], "CLibgsf": [],
  "CLibqpdf": [],
  "GRDB": ["Database"],
  "Configuration": ["Assembly"],
  "ArgumentParser": ["stowage"],
]

private let ignorantOfTheDomain: Set<String> = ["HTTP", "Storage", "Metrics", "S3", "Signing", "FastCGI"]

@Suite struct LayerTests {
  private struct Arrow: Hashable, CustomStringConvertible {
    let from: String
    let to: String
    var description: String { "\(from) → \(to)" }
  }

  private func arrows() throws -> Set<Arrow> {
    let pattern =
      /^(?:@testable )?(?:public |internal |package |private |fileprivate )?import (?:struct |class |enum |func )?(\w+)/
    return Set(
      try SourceTree.swiftFiles().flatMap { file in
        file.lines.compactMap { line in
          line.firstMatch(of: pattern).map { Arrow(from: file.target, to: String($0.1)) }
        }
      }
    )
  }

  private func layer(of target: String) -> Int? { layers.firstIndex { $0.targets.contains(target) } }

  @Test func `every target stands in a layer, and no two differ by case alone`() throws {
    let targets = try SourceTree.targets()
    #expect(targets.filter { layer(of: $0) == nil && $0 != "TestSupport" } == [])
    #expect(Set(targets.map { $0.lowercased() }).count == targets.count)
  }

  @Test func `arrows point down`() throws {
    for arrow in try arrows() where arrow.from != "TestSupport" {
      guard let from = layer(of: arrow.from), let to = layer(of: arrow.to) else { continue }
      #expect(from < to || sameLayer.contains(arrow.description), "\(arrow)")
    }
  }

  @Test func `Package.swift states every arrow, and no other`() throws {
    let package = try String(contentsOf: SourceTree.root.appending(path: "Package.swift"), encoding: .utf8)
    let targets = Set(try SourceTree.targets())
    let imported = Dictionary(grouping: try arrows(), by: \.from).mapValues { Set($0.map(\.to)).intersection(targets) }
    let statements = package.matches(of: /(?:module|process)\(\s*"(\w+)"([^)]*)\)/)
    #expect(statements.count > 20)
    for statement in statements where statement.1 != "TestSupport" {
      let stated = Set(statement.2.matches(of: /"(\w+)"/).map { String($0.1) })
      #expect(stated == imported[String(statement.1), default: []], "\(statement.1)")
    }
  }

  @Test func `what knows nothing of the domain does not import Core`() throws {
    for arrow in try arrows() where arrow.to == "Core" {
      #expect(!ignorantOfTheDomain.contains(arrow.from), "\(arrow)")
    }
  }

  @Test func `every C library and every package has one owner`() throws {
    for arrow in try arrows() where arrow.from != "TestSupport" {
      guard let allowed = owners[arrow.to] else { continue }
      #expect(allowed.contains(arrow.from), "\(arrow)")
    }
  }

  @Test func `Core imports nothing but Foundation`() throws {
    for arrow in try arrows() where arrow.from == "Core" {
      #expect(["Foundation", "FoundationEssentials"].contains(arrow.to), "\(arrow)")
    }
  }

  @Test func `no product target imports the tests' support`() throws {
    for arrow in try arrows() {
      #expect(arrow.to != "TestSupport" && arrow.to != "Testing" || arrow.from == "TestSupport", "\(arrow)")
    }
  }
}
