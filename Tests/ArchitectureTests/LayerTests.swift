import Foundation
import Testing

/// The allowed imports between targets of one layer.
///
/// All other imports lead to a lower layer.
private let sameLayer: Set<String> = [
  "Endpoint → Assembly", "S3 → HTTP", "S3 → Signing", "S3 → Storage", "Tokens → HTTP", "CVips → CLibvips",
  "CGsf → CLibgsf", "CQpdf → CLibqpdf", "Database → Signing", "S3 → XML", "CredentialProviders → HTTP",
  "CredentialProviders → Signing", "CredentialProviders → XML",
]

/// For each C library, and each package that wraps one, the only targets that may import it.
private let owners = [
  "CFastCGI": ["FastCGI"], "COpenSSL": ["Signing", "Tokens"], "CCurl": ["HTTP"], "CJose": ["Tokens"],
  "CSeccomp": ["Isolation"], "CFork": ["Decoding", "Isolation"],
  "CMagic": ["Imaging"], "CSpawn": ["Decoding", "Operations"], "CVips": ["Imaging"], "CLibvips": [],
  "CDisk": ["Migration"], "CZip": ["Documents"], "CExpat": ["Documents"], "CGsf": ["Documents"], "CQpdf": ["Documents"],
  "CLibgsf": [],
  "CLibqpdf": [],
  "GRDB": ["Database"], "CLibpq": ["Database"],
  "Configuration": ["Assembly"],
  "ArgumentParser": ["stowage"],
]

private let ignorantOfTheDomain: Set<String> = [
  "HTTP", "Storage", "Metrics", "S3", "Signing", "FastCGI", "XML", "CredentialProviders",
]

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

  @Test func `imports lead to lower layers only`() throws {
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

  @Test func `Package.swift lists exactly the imported targets of each target`() throws {
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

  @Test func `targets that know nothing of the domain do not import Core`() throws {
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

  @Test func `no product target imports TestSupport or Testing`() throws {
    for arrow in try arrows() {
      #expect(arrow.to != "TestSupport" && arrow.to != "Testing", "\(arrow)")
    }
  }
}
