import Foundation
import HTTP
import Storage
import TestSupport
import Testing

/// Uploads are overwritten with an administrator's keys: during the scan, at random moments, and afterwards.
///
/// Each upload has a distinct colour, and each overwriting object too.
struct Overwriting {
  private struct Subject: Sendable {
    let upload: FireFixture.Upload
    let isFirstWanted: Bool
    let colours: [Colour]
    let digests: [String]
    let second: [UInt8]
  }

  private static let size = 6000

  private let fixture: FireFixture
  private let count: Int
  private let user: FireFixture.User
  private let folder: ScratchFolder
  private let colours: [[Colour]]
  private let images: [[[UInt8]]]

  init(_ fixture: FireFixture, count: Int) throws {
    self.fixture = fixture
    self.count = count
    user = try fixture.user()
    folder = try ScratchFolder()
    let colours = (0..<count).map {
      [Colour(red: 220, green: 20 + 2 * $0, blue: 40), Colour(red: 40, green: 20 + 2 * $0, blue: 220)]
    }
    self.colours = colours
    let flat = try Payload.solid(colours.flatMap(\.self), size: Self.size, in: folder)
    images = (0..<count).map { [flat[2 * $0], flat[2 * $0 + 1]] }
  }

  func run() throws {
    let half = count / 2
    let during = try duringTheScan(Array(0..<half))
    let racing = try atAnyMoment(Array(half..<(half + count / 4)))
    let after = try afterwards(Array((half + count / 4)..<count))
    let all = during + racing + after
    #expect(all.count == count)
    try fixture.audit(all.map(\.upload))
    try check(all)
  }

  /// Pauses the scanner while uploads are overwritten, so that all are overwritten between the first HEAD and the
  /// verdict.
  private func duringTheScan(_ numbers: [Int]) throws -> [Subject] {
    var subjects: [Subject] = []
    try fixture.withoutWorker {
      // Two workers, because one user gets only half of the threads of each.
      let workers = try (0..<2).map { _ in
        try StackProcess(
          "worker",
          of: fixture.stack,
          environment: ["STOWAGE_WORKER_THREADS": "\(numbers.count)", "STOWAGE_LEASE_SECONDS": "120"]
        )
      }
      defer { for worker in workers { try? worker.kill() } }
      let scanner = try fixture.stack.processID("clamd")
      kill(scanner, SIGSTOP)
      defer { kill(scanner, SIGCONT) }
      for number in numbers { subjects.append(try subject(number, isFirstWanted: true)) }
      let ids = subjects.map(\.upload.id)
      try until("all under judgement", within: 120) { try fixture.ledger.underJudgement(ids).count == ids.count }
      for subject in subjects { try fixture.overwrite(subject.upload.key, with: subject.second) }
      #expect(try fixture.ledger.underJudgement(ids).count == ids.count, "all were written during the scan")
      kill(scanner, SIGCONT)
      try fixture.settle(subjects.map(\.upload))
    }
    return subjects
  }

  private func atAnyMoment(_ numbers: [Int]) throws -> [Subject] {
    try concurrently(5) { [self] lane in
      try numbers.filter { $0 % 5 == lane }.map { number in
        let subject = try subject(number, isFirstWanted: false)
        usleep(UInt32(Seeded.number(in: 0..<500_000)))
        try fixture.overwrite(subject.upload.key, with: subject.second)
        return subject
      }
    }.flatMap(\.self)
  }

  /// Every fourth overwriting object has another length.
  private func afterwards(_ numbers: [Int]) throws -> [Subject] {
    let subjects = try numbers.map { try subject($0, isFirstWanted: true) }
    try fixture.settle(subjects.map(\.upload))
    for (number, subject) in subjects.enumerated() {
      let before = try served(subject)
      try fixture.overwrite(
        subject.upload.key,
        with: subject.second + Array(repeating: 0, count: number % 4 == 0 ? 9 : 0)
      )
      #expect(try served(subject) == before)
    }
    return subjects
  }

  private func subject(_ number: Int, isFirstWanted: Bool) throws -> Subject {
    let bytes = images[number]
    let payload = Payload(bytes: bytes[0], type: "image/jpeg", wanted: "ready")
    return Subject(
      upload: try fixture.upload(payload, as: user),
      isFirstWanted: isFirstWanted,
      colours: colours[number],
      digests: try bytes.map(Digest.sha256),
      second: bytes[1]
    )
  }

  /// Returns the responses of nginx and of the process behind its cache, by variant.
  private func served(_ subject: Subject) throws -> [String: [UInt8]] {
    let image = try FastCGIClient("image", of: fixture.stack)
    let file = try fixture.stack.file(subject.upload.id, token: subject.upload.user.token)
    var bodies: [String: [UInt8]] = [:]
    for variant in file.variants {
      let answer = try fixture.stack.send("GET", variant.url)
      let path = String(variant.url.dropFirst(fixture.stack.url.count))
      let straight = try image.get(path)
      #expect(answer.head.status == 200 && straight.head.status == 200)
      #expect(answer.body == straight.body && !answer.body.isEmpty, "\(path)")
      bodies[variant.name] = answer.body
    }
    #expect(Set(bodies.keys) == ["thumb", "medium", "original"])
    return bodies
  }

  /// Expects every served image to be a rendering of the recorded bytes, which are the first upload's if that was found
  /// first.
  private func check(_ subjects: [Subject]) throws {
    var names: [String] = []
    var wanted: [Colour] = []
    var seconds = 0
    for (number, subject) in subjects.enumerated() {
      let digest = try #require(try fixture.ledger.digest(of: subject.upload.id))
      let which = try #require(subject.digests.firstIndex(of: digest), "neither the first bytes nor the second")
      #expect(which == 0 || !subject.isFirstWanted)
      seconds += which
      for (name, body) in try served(subject) {
        names.append("\(number)-\(name)")
        wanted.append(subject.colours[which])
        try folder.write(body, to: "\(number)-\(name)")
      }
    }
    let seen = try Fixtures.colours(in: folder, names)
    #expect(seen.count == 3 * names.count && names.count == 3 * subjects.count)
    for (index, name) in names.enumerated() where 3 * index + 2 < seen.count {
      let colour = Colour(red: Int(seen[3 * index]), green: Int(seen[3 * index + 1]), blue: Int(seen[3 * index + 2]))
      #expect(colour.isClose(to: wanted[index]), "\(name): \(colour), not \(wanted[index])")
    }
    print("\(subjects.count) overwritten; \(seconds) were written over before anybody looked")
  }
}
