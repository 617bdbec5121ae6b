import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Processing

@Suite struct AdmissionTests {
  /// How many were in at most, and their pixels.
  private final class Meter: Sendable {
    private let state = Mutex((files: 0, pixels: 0, mostFiles: 0, mostPixels: 0))
    var most: (files: Int, pixels: Int) { state.withLock { ($0.mostFiles, $0.mostPixels) } }

    func pass(_ pixels: Int) {
      state.withLock { state in
        state.files += 1
        state.pixels += pixels
        state.mostFiles = max(state.mostFiles, state.files)
        state.mostPixels = max(state.mostPixels, state.pixels)
      }
      usleep(2_000)
      state.withLock { state in
        state.files -= 1
        state.pixels -= pixels
      }
    }
  }

  @Test func `neither more files nor more pixels than allowed are in at once, and everybody gets in`() throws {
    let admission = Admission(OnDemandSettings(files: 3, pixels: 100))
    let meter = Meter()
    _ = try concurrently(60) { index in
      let pixels = [10, 40, 50, 100][index % 4]
      try admission.admit(pixels: pixels, by: .now + 20) { () throws(StorageError) in meter.pass(pixels) }
    }
    #expect(meter.most.files > 1 && meter.most.files <= 3 && meter.most.pixels <= 100)
  }

  @Test func `an image larger than everything allowed gets in alone`() throws {
    let admission = Admission(OnDemandSettings(files: 3, pixels: 100))
    #expect(try admission.admit(pixels: 1_000, by: .now + 1) { () throws(StorageError) in 1 } == 1)
    try admission.admit(pixels: 1_000, by: .now + 1) { () throws(StorageError) in
      #expect(throws: StorageError.processing(retryAfter: 5)) {
        try admission.admit(pixels: 1, by: .now + 0.05) { () throws(StorageError) in 1 }
      }
    }
    #expect(try admission.admit(pixels: 1, by: .now + 1) { () throws(StorageError) in 2 } == 2)
  }

  @Test func `a large one that waits is not overtaken for ever, and one that gives up holds up nobody`() throws {
    let admission = Admission(OnDemandSettings(files: 3, pixels: 100))
    try admission.admit(pixels: 60, by: .now + 1) { () throws(StorageError) in
      #expect(throws: StorageError.processing(retryAfter: 5)) {
        try admission.admit(pixels: 50, by: .now + 0.05) { () throws(StorageError) in 0 }
      }
      #expect(try admission.admit(pixels: 40, by: .now + 1) { () throws(StorageError) in 1 } == 1)
    }
  }

  @Test func `what throws inside leaves its place`() throws {
    let admission = Admission(OnDemandSettings(files: 1, pixels: 100))
    for _ in 0..<3 {
      #expect(throws: StorageError.notFound) {
        try admission.admit(pixels: 100, by: .now + 1) { () throws(StorageError) in throw .notFound }
      }
    }
  }
}

extension Admission {
  /// Runs `body` at a place for so many `pixels`.
  @discardableResult
  func admit<Value>(
    pixels: Int,
    by deadline: Date,
    _ body: () throws(StorageError) -> Value
  ) throws(StorageError) -> Value {
    let place = try place(pixels: pixels, by: deadline)
    return try withExtendedLifetime(place, body)
  }
}
