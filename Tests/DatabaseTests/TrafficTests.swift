import Core
import Database
import Foundation
import TestSupport
import Testing

@Suite struct TrafficTests: DatabaseSuite {
  let fixture: DatabaseFixture
  private var today: Int { now.daysSince1970 }

  init() throws { fixture = try DatabaseFixture() }

  private func count(
    _ value: Int64,
    _ name: TrafficName = .rejections,
    _ label: String = "malware",
    on day: Int? = nil
  ) -> TrafficCount {
    TrafficCount(day: day ?? today, name: name, label: label, value: value)
  }

  @Test func `counts add up, by day, name and label`() throws {
    try database.addTraffic([count(3), count(5, .storeRequests, "PutObject"), count(1, on: today - 1)])
    try database.addTraffic([count(4), count(0, .filesReady, ""), count(7, .storeRequests, "GetObject")])
    try database.addTraffic([])
    #expect(
      try database.trafficDays(from: today, to: today) == [
        count(0, .filesReady, ""), count(7), count(7, .storeRequests, "GetObject"),
        count(5, .storeRequests, "PutObject"),
      ]
    )
    #expect(try database.trafficDays(from: today - 1, to: today - 1) == [count(1, on: today - 1)])
    #expect(try database.trafficDays(from: today + 1, to: today + 9).isEmpty)
  }

  @Test func `two processes that write at once lose nothing`() throws {
    let other = try fixture.another()
    DispatchQueue.concurrentPerform(iterations: 8) { index in
      for _ in 0..<50 {
        try? (index % 2 == 0 ? database : other).addTraffic([count(1), count(2, .filesReadyBytes, "")])
      }
    }
    #expect(try database.trafficDays(from: today, to: today) == [count(800, .filesReadyBytes, ""), count(400)])
  }

  @Test func `a refused count adds none of its batch`() throws {
    #expect(throws: StorageError.self) { try database.addTraffic([count(1), count(-1, .filesReady, "")]) }
    #expect(try database.trafficDays(from: 0, to: .max).isEmpty)
  }

  @Test func `a name of a newer version is left out`() throws {
    try database.addTraffic([count(1)])
    try database.raw("INSERT INTO traffic_days VALUES (\(today), 'later', '', 1)")
    #expect(try database.trafficDays(from: today, to: today) == [count(1)])
  }

  @Test func `days are kept for 400 days`() throws {
    try database.addTraffic([count(1, on: today - 400), count(2, on: today - 399), count(3)])
    try database.trimTraffic(at: now)
    #expect(try database.trafficDays(from: 0, to: today) == [count(2, on: today - 399), count(3)])
  }

  @Test func `a day begins at midnight UTC, also before 1970`() {
    #expect(Date(timeIntervalSince1970: 86_399.9).daysSince1970 == 0)
    #expect(Date(timeIntervalSince1970: 86_400).daysSince1970 == 1)
    #expect(Date(timeIntervalSince1970: -0.5).daysSince1970 == -1)
  }
}
