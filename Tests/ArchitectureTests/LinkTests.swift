import Core
import Foundation
import Testing

@Suite struct LinkTests {
  /// Returns the shared libraries that a built program loads, as `ldd` prints them.
  private func libraries(of program: String) throws -> String {
    let folder = try #require(ProcessInfo.processInfo.environment["STOWAGE_BIN"].map { URL(filePath: $0) })
    let ldd = Process()
    ldd.executableURL = URL(filePath: "/usr/bin/ldd")
    ldd.arguments = [folder.appending(path: program).path]
    let output = Pipe()
    ldd.standardOutput = output
    try ldd.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    ldd.waitUntilExit()
    try #require(ldd.terminationStatus == 0 && text.contains("libc.so"))
    return text
  }

  private static let parsers = [
    "libvips", "libde265", "libdav1d", "libmagic", "libzip", "libgsf", "libqpdf", "libexpat",
  ]

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["STOWAGE_BIN"] != nil,
      "script/test names the built programs"
    ),
    arguments: ProcessName.allCases.map(\.rawValue) + ["stowage"]
  )
  func `only the decoder loads libraries that parse untrusted files`(program: String) throws {
    let loaded = try libraries(of: program)
    for library in Self.parsers {
      #expect(!loaded.contains(library), "\(library)")
    }
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["STOWAGE_BIN"] != nil, "script/test names the built programs")
  )
  func `the decoder loads these libraries, and none for network protocols or tokens`() throws {
    let loaded = try libraries(of: "decoder")
    for library in Self.parsers {
      #expect(loaded.contains(library), "\(library)")
    }
    #expect(!loaded.contains("libfcgi") && !loaded.contains("libjose"))
  }
}
