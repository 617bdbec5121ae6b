public import Foundation
import Glibc

/// The name of a process that collects usage, for others that want to: `worker, process 17 on node1`.
public struct CollectorName: Hashable, Sendable, CustomStringConvertible {
  /// The program, such as `worker`.
  public let program: String
  /// The number of the process.
  public let process: Int32
  /// The name of the machine.
  public let host: String

  /// Creates a name; by default that of this process.
  public init(
    _ program: String,
    process: Int32 = getpid(),
    host: String = ProcessInfo.processInfo.hostName
  ) {
    (self.program, self.process, self.host) = (program, process, host)
  }

  /// The name as text.
  public var description: String { "\(program), process \(process) on \(host)" }

  /// True if `name` is that of a process of this machine that no longer exists.
  ///
  /// A wrong answer does no harm: a collector that was replaced cannot store anything.
  static func hasEnded(_ name: String, on host: String) -> Bool {
    guard let match = name.wholeMatch(of: /.*, process ([0-9]+) on (.+)/), match.2 == host,
      let process = Int32(match.1), process > 0
    else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }
}
