import Foundation
import Testing

/// The imports between targets of one layer; all others lead to a lower layer.
private let sameLayer: Set<String> = [
  "Endpoint → Assembly", "S3 → HTTP", "S3 → Signing", "S3 → Storage", "Tokens → HTTP", "CVips → CLibvips",
  "CGsf → CLibgsf", "CQpdf → CLibqpdf",
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

  @Test func `every folder of Sources is a layer, and no two targets differ by case alone`() throws {
    #expect(try SourceTree.folders("Sources") == Layer.allCases.map(\.rawValue).sorted())
    let targets = try SourceTree.targets().keys
    #expect(targets.count > 40)
    #expect(Set(targets.map { $0.lowercased() }).count == targets.count)
  }

  @Test func `arrows point down`() throws {
    let layers = try SourceTree.targets()
    for arrow in try arrows() {
      guard let from = layers[arrow.from], let to = layers[arrow.to] else { continue }
      #expect(from < to || sameLayer.contains(arrow.description), "\(arrow)")
    }
  }

  @Test func `decoder alone imports the sandbox`() throws {
    let layers = try SourceTree.targets()
    for arrow in try arrows() where layers[arrow.to] == .sandbox { #expect(arrow.from == "decoder", "\(arrow)") }
  }

  @Test func `Package.swift states every arrow, and no other`() throws {
    let package = try String(contentsOf: SourceTree.root.appending(path: "Package.swift"), encoding: .utf8)
    let targets = try SourceTree.targets()
    let imported = Dictionary(grouping: try arrows(), by: \.from).mapValues { Set($0.map(\.to)) }
    let statements = package.matches(of: /(?:module\(\s*\.\w+,\s*|program\(\s*)"(\w+)"([^)]*)\)/)
    #expect(statements.count > 20)
    for statement in statements {
      let stated = Set(statement.2.matches(of: /"(\w+)"/).map { String($0.1) })
      let needed = imported[String(statement.1), default: []].filter { targets[$0] != nil }
      #expect(stated == needed, "\(statement.1)")
    }
  }

  @Test func `what knows nothing of the domain does not import Core`() throws {
    for arrow in try arrows() where arrow.to == "Core" {
      #expect(!ignorantOfTheDomain.contains(arrow.from), "\(arrow)")
    }
  }

  @Test func `every C library and every package has one owner`() throws {
    for arrow in try arrows() {
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
      #expect(arrow.to != "TestSupport" && arrow.to != "Testing", "\(arrow)")
    }
  }
}
