public import Foundation
import Synchronization

/// Runs a program and returns its standard output; if the program fails, throws an error with its output.
@discardableResult
public func run(
  _ program: String,
  _ arguments: [String],
  in folder: String? = nil,
  environment: [String: String]? = nil
) throws -> Data {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [program] + arguments
  if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
  if let environment { process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 } }
  let output = Pipe()
  let errors = Pipe()
  process.standardOutput = output
  process.standardError = errors
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let said = Mutex(Data())
  let thread = Thread { said.withLock { $0 = errors.fileHandleForReading.readDataToEndOfFile() } }
  thread.start()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw Unexpected(
      "\(program): \(process.terminationStatus) \(String(decoding: said.withLock { $0 }, as: UTF8.self))"
    )
  }
  return data
}
