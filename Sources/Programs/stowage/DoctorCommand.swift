import ArgumentParser
import Assembly
import Core
import Foundation
import Operations

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks every part of this node, and says what to do about each problem.",
    discussion: """
      It checks the settings, keys, database, store, scanner, decoder, processes, nginx and caches. It writes, reads and \
      deletes a few small objects in the store, and changes nothing else.

      --json prints one document: {"version", "state", "checks": [{"name", "state", "what", "advice"}]}. A state is ok, \
      warning or bad; advice is null where nothing is to be done.

      Exit status: 0 everything works, warnings included; 1 something does not work.

      Examples:
        stowage doctor
        stowage doctor --json | jq -r '.checks[] | select(.state == "bad") | .name'
      """
  )

  @Flag(help: "Prints one JSON document, for programs.")
  var json = false

  func run() throws {
    let app = Application.startCommand("stowage")
    let patient = Patient(
      settings: app.settings,
      database: { () throws(StorageError) in try app.database },
      store: { () throws(StorageError) in try app.store },
      uploadSigner: { () throws(StorageError) in try app.uploadSigner },
      tokenKeys: app.tokenKeyStatus,
      scanner: app.scanner,
      decoders: app.decoderPool(),
      certificateAuthority: ProcessInfo.processInfo.environment["STOWAGE_CA"],
      isWorkerRunning: { WorkerLock.isHeld(in: app.settings.endpoint.socketDirectory) }
    )
    var findings: [Finding] = []
    Doctor(patient).examine(at: .now) { finding in
      findings.append(finding)
      if !json { show(finding) }
    }
    if json { try orExplain { print(try DoctorReport(findings).line()) } }
    guard findings.allSatisfy({ $0.status != .bad }) else { throw ExitCode.failure }
  }

  private func show(_ finding: Finding) {
    let mark = [.good: "ok  ", .warning: "warn", .bad: "BAD "][finding.status] ?? ""
    print("\(mark)  \(finding.part.padding(toLength: 13, withPad: " ", startingAt: 0))  \(finding.text)")
    if let advice = finding.advice { print("                     → \(advice)") }
  }
}
