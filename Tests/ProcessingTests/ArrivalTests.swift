import Core
import Database
import Foundation
import TestSupport
import Testing

@testable import Processing

@Suite struct ArrivalTests {
  @Test func `a file counts its age from the arrival of its bytes, even if its job is a week late`() throws {
    let clock = MovableClock(.now)
    let fixture = try ProcessingFixture(clock: { clock.now })
    let file = try fixture.upload()
    let arrival = clock.now
    clock.now += 7 * 86_400
    #expect(try fixture.next(after: 7 * 86_400 + 1) == .ready)
    let record = try fixture.record(file)
    #expect(abs(record.retention.arrival.timeIntervalSince(arrival)) < 60)
    #expect(try #require(record.readyAt) > arrival + 6 * 86_400)
  }
}
