import Core
import Foundation
import Testing

/// Compares Core's list of processes with the folders and files that name them.
@Suite struct ProcessNameTests {
  private func names(_ kinds: ProcessName.Kind...) -> [String] {
    ProcessName.allCases.filter { kinds.contains($0.kind) }.map(\.rawValue).sorted()
  }

  /// Returns the names of nginx's files in `folder`.
  private func files(_ folder: String) throws -> [String] {
    let path = SourceTree.root.appending(path: folder).path
    return try FileManager.default.contentsOfDirectory(atPath: path)
      .filter { $0.hasSuffix(".conf") }.map { String($0.dropLast(".conf".count)) }.sorted()
  }

  @Test func `every program but the command line and the decoder is a process`() throws {
    let programs = try SourceTree.folders("Sources/Programs")
    #expect(programs == (ProcessName.allCases.map(\.rawValue) + ["decoder", "stowage"]).sorted())
  }

  @Test func `every handler has one file in nginx's folder for its listener`() throws {
    #expect(try files("nginx/handlers") == names(.siteHandler))
    #expect(try files("nginx/handlers/events") == names(.eventHandler))
  }

  @Test func `nginx's file of a handler passes requests to the socket of that name`() throws {
    for name in ProcessName.handlers {
      let folder = name.kind == .eventHandler ? "nginx/handlers/events" : "nginx/handlers"
      let file = SourceTree.root.appending(path: "\(folder)/\(name.rawValue).conf")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains("fastcgi_pass unix:$stowage_sockets/\(name.rawValue).sock;"), "\(name)")
    }
  }

  @Test func `the scripts start the same processes`() throws {
    let root = SourceTree.root.path
    let bash = Process()
    bash.executableURL = URL(filePath: "/bin/bash")
    bash.arguments = [
      "-euc", #"root=$1; . "$1/script/lib/processes.bash"; printf '%s\n' "${processes[@]}""#, "bash", root,
    ]
    let output = Pipe()
    bash.standardOutput = output
    try bash.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    bash.waitUntilExit()
    let started = text.split(separator: "\n").map(String.init)
    #expect(started.sorted() == ProcessName.allCases.map(\.rawValue).sorted())
  }
}
