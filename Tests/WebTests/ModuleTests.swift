import Foundation
import TestSupport
import Testing

/// web/stowage.js as shipped.
///
/// The folder module/ tests its behaviour, in Node against a server with faults.
@Suite struct ModuleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL

  @Test func `the module keeps its promises against a server that refuses, forgets and disappears`() throws {
    let report = try run("node", ["--test", "Tests/WebTests/module/stowage.test.mjs"], in: Self.root.path)
    let text = String(decoding: report, as: UTF8.self)
    let passed = text.split(separator: "\n").filter { $0.hasPrefix("# pass ") || $0.hasPrefix("ℹ pass ") }
    #expect(passed.contains { (Int($0.split(separator: " ").last ?? "") ?? 0) >= 20 }, "\(text.suffix(2000))")
  }

  @Test func `the minified module is smaller than 12 kB`() throws {
    let small = try run("esbuild", ["--minify", "--format=esm", "web/stowage.js"], in: Self.root.path)
    #expect(small.count > 1024 && small.count < 12 << 10)
    print("web/stowage.js: \(small.count) bytes minified")
  }

  @Test func `the module's types are right, and a front end that misuses them gets an error`() throws {
    let folder = try ScratchFolder()
    try folder.write(Array(Self.caller(size: "record.size").utf8), to: "caller.js")
    try check(folder, "caller.js")
    try folder.write(Array(Self.caller(size: "record.length").utf8), to: "wrong.js")
    #expect(throws: Unexpected.self) { try check(folder, "wrong.js") }
  }

  @Test func `the module is one file without imports`() throws {
    let text = try String(contentsOf: Self.root.appending(path: "web/stowage.js"), encoding: .utf8)
    let imports = /(?m)^\s*import\b|\bimport\((?!"\.\/types"\))|\brequire\(/
    #expect(text.firstMatch(of: imports) == nil)
  }

  @Test func `no file of the pages is longer than 300 lines`() throws {
    let folder = Self.root.appending(path: "web")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { name in [".js", ".css", ".html", ".ts"].contains { name.hasSuffix($0) } }
    #expect(names.contains("stowage.js"))
    for name in names {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 301, "\(name)")
    }
  }

  private func check(_ folder: ScratchFolder, _ name: String) throws {
    let module = Self.root.appending(path: "web/stowage.js").path
    try run(
      "tsc",
      [
        "--allowJs", "--checkJs", "--strict", "--noImplicitAny", "false", "--noEmit", "--target", "es2022", "--lib",
        "es2022,dom,dom.iterable", "--moduleResolution", "node", module, folder.file(name),
      ]
    )
  }

  /// Returns a front end's script that reads `size` of the result.
  private static func caller(size: String) -> String {
    """
    import { upload } from "\(root.path)/web/stowage.js";
    /** @param {File} file */
    export async function send(file) {
      const record = await upload(file, { token: async () => "t", onProgress: ({ loaded }) => loaded.toFixed() });
      return \(size);
    }
    """
  }
}
