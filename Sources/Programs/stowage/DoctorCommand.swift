import ArgumentParser
import Assembly
import Core
import Foundation
import Operations

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks at every part and says what is wrong, and what to do.",
    discussion: """
      Exit status 1 if anything does not work; warnings alone are 0.

      Example: stowage doctor
      """
  )

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
    var isWell = true
    Doctor(patient).examine(at: .now) { finding in
      let mark = [.good: "ok  ", .warning: "warn", .bad: "BAD "][finding.status] ?? ""
      print("\(mark)  \(finding.part.padding(toLength: 12, withPad: " ", startingAt: 0))  \(finding.text)")
      if let advice = finding.advice { print("                    → \(advice)") }
      if finding.status == .bad { isWell = false }
    }
    guard isWell else { throw ExitCode.failure }
  }
}
