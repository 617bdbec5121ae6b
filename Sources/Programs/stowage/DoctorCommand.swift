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

      --store probes the store instead: which requests, rules and keys it can and cannot do, and what Stowage does \
      instead. It works in two scratch buckets with names that nobody can guess, and removes them, also after Ctrl-C. What \
      a killed run left is removed by the first run an hour later. Without the right to create buckets, it works in a \
      folder of the raw bucket, and the rules of buckets are unknown. It takes up to five minutes. --json prints one \
      document: {"format", "version", "store", "probedAt", "capabilities": [{"name", "state", "what", "answer", \
      "instead"}], "mustNotRun", "leftBehind"}. A state is can, cannot or unknown. STOWAGE_STORE_CAPABILITIES takes this \
      document.

      Exit status: 0 everything works, warnings included; 1 something does not work. With --store: 0 probed; 1 the store \
      does not answer, is not fit for Stowage, or keeps something of the probe; 130 Ctrl-C stopped it.

      Examples:
        stowage doctor
        stowage doctor --store
        stowage doctor --store --json > /etc/stowage/store.json
        stowage doctor --json | jq -r '.checks[] | select(.state == "bad") | .name'
      """
  )

  @Flag(help: "Prints one JSON document, for programs.")
  var json = false

  @Flag(help: "Finds out what the store can do.")
  var store = false

  func run() throws {
    let app = Application.startCommand("stowage")
    if store { return try orExplain { try probe(app) } }
    let patient = Patient(
      settings: app.settings,
      database: { () throws(StorageError) in try app.database },
      credentials: app.credentialStatus,
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
