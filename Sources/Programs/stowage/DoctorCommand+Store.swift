import ArgumentParser
import Assembly
import Buckets
import Core
import Foundation
import Glibc
import S3

extension DoctorCommand {
  /// Probes the store, and prints a line for each capability, or one JSON document.
  func probe(_ app: Application) throws {
    let trap = SignalTrap()
    // Without a reader of the output, the probe ends like after Ctrl-C, and still removes its buckets.
    signal(SIGPIPE, SIG_IGN)
    let progress = Progress()
    let probe = StoreProbe(store: try app.store, settings: app.settings)
    let capabilities = try probe.run(
      at: .now,
      isStopped: { trap.isTriggered || StandardOutput.hasFailed },
      note: { Terminal.complain(Wording.printable($0)) },
      report: { result in
        if json { progress.show("probed \(result.capability.rawValue)") } else { show(result) }
      }
    )
    progress.clear()
    for line in capabilities.leftBehind { Terminal.complain("not removed: \(Wording.printable(line))") }
    if trap.isTriggered {
      Terminal.complain("stopped; what was written is removed")
      throw ExitCode(SignalTrap.status)
    }
    if json { print(try capabilities.json(at: .now)) } else { showDangers(of: capabilities) }
    guard !capabilities.isUnfit, capabilities.leftBehind.isEmpty else { throw ExitCode.failure }
  }

  private func show(_ result: ProbeResult) {
    func padded(_ text: String, _ length: Int) -> String { text.padding(toLength: length, withPad: " ", startingAt: 0) }
    let capability = result.capability
    print("\(padded(result.state.rawValue, 7))  \(padded(capability.rawValue, 25))  \(capability.summary)")
    print("         \(Wording.printable(result.answer))")
    if result.state == .cannot { print("         → \(capability.instead)") }
    StandardOutput.flush()
  }

  private func showDangers(of capabilities: StoreCapabilities) {
    let dangers = capabilities.dangers
    print(
      dangers.isEmpty
        ? "\nNothing that Stowage does is to be kept from this store." : "\nMust not be run on this store:"
    )
    for danger in dangers { print("- \(danger)") }
  }
}
