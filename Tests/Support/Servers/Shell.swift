public import Foundation
import Synchronization

/// Runs a program and returns its standard output.
///
/// If the program fails, the error has its exit status, its standard error and its standard output.
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
  let isRead = DispatchSemaphore(value: 0)
  Thread {
    let bytes = errors.fileHandleForReading.readDataToEndOfFile()
    said.withLock { $0 = bytes }
    isRead.signal()
  }.start()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  // A process that the program left behind can keep its standard error open.
  _ = isRead.wait(timeout: .now() + 2)
  guard process.terminationStatus == 0 else {
    let words = [said.withLock { $0 }, data].map { String(decoding: $0, as: UTF8.self) }.joined()
    throw Unexpected("\(program): \(process.terminationStatus) \(words)")
  }
  return data
}
