import Foundation
import TestSupport
import Testing

/// The modules of web/ as shipped.
///
/// The folder module/ tests their behaviour, in Node against a server with faults.
@Suite struct ModuleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL

  @Test(arguments: [("stowage", 29), ("uppy", 33), ("words", 8), ("files", 13), ("admin", 4)])
  func `the modules keep their promises against a server that refuses, forgets and disappears`(
    name: String,
    count: Int
  ) throws {
    let report = try run(
      "node",
      ["--test", "Tests/WebTests/module/\(name).test.mjs"],
      in: Self.root.path,
      environment: ["UPPY_BUNDLE": try UppyBundle.file().path]
    )
    let text = String(decoding: report, as: UTF8.self)
    let passed = text.split(separator: "\n").filter { $0.hasPrefix("# pass ") || $0.hasPrefix("ℹ pass ") }
    #expect(passed.contains { Int($0.split(separator: " ").last ?? "") == count }, "\(text.suffix(2000))")
  }

  @Test func `the minified module is smaller than 12 kB, and with its sentences smaller than 16 kB`() throws {
    let small = try run("esbuild", ["--minify", "--format=esm", "web/stowage.js"], in: Self.root.path)
    #expect(small.count > 1024 && small.count < 12 << 10)
    let all = try run("esbuild", ["--minify", "--bundle", "--format=esm", "web/stowage.js"], in: Self.root.path)
    #expect(all.count < 16 << 10)
    print("web/stowage.js: \(small.count) bytes minified, with its sentences \(all.count)")
  }

  @Test func `the files page with the upload module is smaller than 72 kB minified, and its README says its size`()
    throws
  {
    let all = try run("esbuild", ["--minify", "--bundle", "--format=esm", "web/stowage-files.js"], in: Self.root.path)
    #expect(all.count > 30 << 10 && all.count < 72 << 10)
    let readme = try String(contentsOf: Self.root.appending(path: "web/README.md"), encoding: .utf8)
    let size = Int((Double(all.count) / 1024).rounded())
    #expect(readme.contains("It is \(size) kB minified with the upload module"), "\(all.count) bytes")
  }

  @Test func `the files page's types are right, and a front end that misuses them gets an error`() throws {
    let folder = try ScratchFolder()
    func caller(_ options: String) -> [UInt8] {
      Array(
        """
        import { StowageFiles } from "\(Self.root.path)/web/stowage-files.js";
        document.body.append(new StowageFiles(\(options)));
        """.utf8
      )
    }
    try folder.write(
      caller(#"{ token: async () => "t", url: "https://files.example.com", visibility: "public" }"#),
      to: "a.js"
    )
    try check(folder, "a.js")
    try folder.write(caller(#"{ token: 5, visibility: "friends" }"#), to: "b.js")
    #expect(throws: Unexpected.self) { try check(folder, "b.js") }
  }

  @Test func `the files page builds no markup from texts, and needs no inline style or script`() throws {
    let folder = Self.root.appending(path: "web/files")
    var names = try FileManager.default.contentsOfDirectory(atPath: folder.path).map { "files/\($0)" }
    #expect(names.count > 10)
    names += ["stowage-files.js", "page.js", "index.html"]
    let unsafe =
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|\bstyle="|"style"|\bon[a-z]+="/
    for name in names {
      let text = try String(contentsOf: Self.root.appending(path: "web/\(name)"), encoding: .utf8)
      #expect(text.firstMatch(of: unsafe) == nil, "\(name)")
    }
  }

  @Test func `the module's types are right, and a front end that misuses them gets an error`() throws {
    let folder = try ScratchFolder()
    try folder.write(Array(Self.caller(size: "record.size").utf8), to: "caller.js")
    try check(folder, "caller.js")
    try folder.write(Array(Self.caller(size: "record.length").utf8), to: "wrong.js")
    #expect(throws: Unexpected.self) { try check(folder, "wrong.js") }
  }

  @Test func `the modules import nothing but each other`() throws {
    let modules = [("stowage", 2), ("stowage-words", 0), ("stowage-uppy", 3), ("stowage-uppy-requests", 1)]
    for (name, count) in modules {
      let text = try String(contentsOf: Self.root.appending(path: "web/\(name).js"), encoding: .utf8)
      let imports = text.matches(of: /(?m)^\s*(?:import|export)\b.* from "([^"]*)";$/).map { String($0.1) }
      #expect(imports.count == count)
      #expect(Set(imports).isSubset(of: modules.map { "./\($0.0).js" }))
      let others = /(?m)^\s*import\b(?!.* from ")|\bimport\((?!"\.\/types"\))|\brequire\(/
      #expect(text.firstMatch(of: others) == nil, "\(name)")
    }
  }

  @Test func `no file of the pages is longer than 300 lines`() throws {
    let folder = Self.root.appending(path: "web")
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { !$0.hasPrefix("docs/") }.filter { name in
        [".js", ".css", ".html", ".ts"].contains { name.hasSuffix($0) }
      }
    #expect(names.contains("stowage.js") && names.contains("files/row.js"))
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
