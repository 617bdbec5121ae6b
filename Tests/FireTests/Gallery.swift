import Foundation
import Synchronization
import TestSupport
import Testing

/// A page of images, opened in a browser before they are checked or rendered.
struct Gallery {
  /// The memory limit of `image` and its decoders together for images of 3 megapixels, in proportional shares.
  static let memoryCap = 300 << 20

  private struct Page: Decodable {
    struct Image: Decodable {
      let naturalWidth: Int
      let naturalHeight: Int
    }
    let images: [Image]
    let seconds: Double
    let console: [String]
  }

  private let fixture: FireFixture
  private let count: Int
  private let user: FireFixture.User

  init(_ fixture: FireFixture, count: Int) throws {
    self.fixture = fixture
    self.count = count
    user = try fixture.user()
  }

  func run() throws {
    let photo = try Photo.jpeg(width: 2000, height: 1500)
    var uploads: [FireFixture.Upload] = []
    try fixture.withoutWorker {
      uploads = try (0..<count).map { _ in try fixture.upload(Payload.own(photo), as: user) }
      let memory = MemoryWatch(try fixture.stack.processID("image"))
      let page = try show(uploads.map { "\(fixture.stack.url)/images/\(user.name)/\($0.id)/thumb.webp" })
      let peak = memory.stop()
      print("\(count) images in \(page.seconds) s, \(peak >> 20) MB at most")
      #expect(page.images.count == count)
      #expect(page.images.allSatisfy { $0.naturalWidth == 150 && $0.naturalHeight == 150 })
      #expect(page.console == [])
      #expect(peak > 10 << 20 && peak < Self.memoryCap)
    }
    for upload in uploads {
      #expect(try fixture.jobs(of: upload).filter { $0.outcome == "ready" }.count == 1)
    }
    try fixture.audit(uploads)
  }

  private func show(_ urls: [String]) throws -> Page {
    let folder = try ScratchFolder()
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser/gallery.py")
    let python = try #require(fixture.stack.environment["STOWAGE_PYTHON"])
    try folder.write(Array(urls.joined(separator: "\n").utf8), to: "urls")
    let command = #""$0" "$1" page.png < urls"#
    return try JSONDecoder().decode(Page.self, from: Data(folder.run("sh", ["-c", command, python, script.path])))
  }
}

/// Measures the largest total memory of a process and its children, twenty times per second.
final class MemoryWatch: Sendable {
  private let peak = Atomic(0)
  private let isOver = Atomic(false)
  private let end = DispatchSemaphore(value: 0)

  init(_ process: Int32) {
    Thread.detachNewThread { [self] in
      while !isOver.load(ordering: .relaxed) {
        let now = ([process] + Self.children(of: process)).map(Self.share).reduce(0, +)
        peak.max(now, ordering: .relaxed)
        usleep(50_000)
      }
      end.signal()
    }
  }

  /// Stops and returns the largest total, in bytes.
  func stop() -> Int {
    isOver.store(true, ordering: .relaxed)
    end.wait()
    return peak.load(ordering: .relaxed)
  }

  /// Returns the proportional share of a process in bytes; 0 if the process has ended.
  ///
  /// Source: https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html (Pss, in kB)
  private static func share(of process: Int32) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
  }

  private static func children(of process: Int32) -> [Int32] {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
    return threads.flatMap { thread in
      let list = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/children", encoding: .utf8)
      return (list ?? "").split(separator: " ").compactMap { Int32($0) }
    }
  }
}
