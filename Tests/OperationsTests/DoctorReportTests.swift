import Foundation
import Testing

@testable import Core
@testable import Operations

@Suite struct DoctorReportTests {
  private static let good = Finding.good("database", "/var/lib/stowage/stowage.sqlite")
  private static let warning = Finding.warning("disk", "900 MB free", "Make room.")
  private static let bad = Finding.bad("store", #"says "no""#, "Check it.")

  /// Programs parse this document, so a change here is a change of the interface.
  @Test func `the document is one line with exactly these members`() throws {
    #expect(
      try DoctorReport([Self.good, Self.warning, Self.bad]).line()
        == #"{"checks":["#
        + #"{"advice":null,"name":"database","state":"ok","what":"/var/lib/stowage/stowage.sqlite"},"#
        + #"{"advice":"Make room.","name":"disk","state":"warning","what":"900 MB free"},"#
        + #"{"advice":"Check it.","name":"store","state":"bad","what":"says \"no\""}"#
        + #"],"state":"bad","version":"\#(Version.current)"}"#
    )
  }

  @Test func `the overall state is the worst of all checks`() throws {
    for (findings, state) in [
      ([], "ok"), ([Self.good], "ok"), ([Self.good, Self.warning], "warning"), ([Self.bad, Self.warning], "bad"),
    ] {
      #expect(try DoctorReport(findings).line().contains(#"],"state":"\#(state)","#))
    }
  }
}
