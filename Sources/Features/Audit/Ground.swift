import Core
import Foundation
import S3
import Storage
import Synchronization

/// Everything that the examinations of one audit share.
struct Ground: Sendable {
  /// The configuration of nginx, as far as it can be read.
  enum Nginx: Sendable {
    case read(NginxConfiguration)
    /// The settings say that nginx runs elsewhere.
    case elsewhere
    case unreadable(String)
  }

  let subject: AuditSubject
  let now: Date
  let isStopped: @Sendable () -> Bool
  let nginx: Nginx
  /// Sends requests to the site.
  let site: Probe
  /// Sends requests to the store.
  let store: Probe
  /// The notes about objects that could not be removed.
  let leftBehind = Notes()

  var settings: Settings { subject.settings }

  init(_ subject: AuditSubject, at now: Date, isStopped: @escaping @Sendable () -> Bool) {
    (self.subject, self.now, self.isStopped) = (subject, now, isStopped)
    site = Probe(caFile: subject.certificateAuthority)
    store = Probe(caFile: subject.settings.store.caFile ?? subject.certificateAuthority)
    guard let path = subject.nginxFile else {
      nginx = .elsewhere
      return
    }
    do throws(NginxConfiguration.Unreadable) { nginx = .read(try NginxConfiguration(path)) } catch {
      nginx = .unreadable(error.reason)
    }
  }

  /// The observations of nginx's configuration: none if nginx runs elsewhere, `unknown` if it cannot be read.
  func configured(_ observe: (NginxConfiguration) -> Observation) -> [Observation] {
    switch nginx {
    case .read(let configuration): [observe(configuration)]
    case .elsewhere: []
    case .unreadable(let reason): [.unknown("nginx's configuration: \(reason); let STOWAGE_NGINX_FILE name it")]
    }
  }
}

/// Notes of several threads.
final class Notes: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

/// Objects that an examination writes, in one folder of each bucket that no user's file can have.
final class ScratchObjects: Sendable {
  /// The prefix of all keys.
  let folder = "audit/\(UUID().uuidString.lowercased())/"
  private let store: S3Store
  private let ground: Ground
  private let hasWritten = Atomic(false)

  init(_ store: S3Store, _ ground: Ground) { (self.store, self.ground) = (store, ground) }

  /// Writes a few bytes, and returns the key.
  func put(_ name: String, _ text: String, in bucket: String) throws(StoreError) -> String {
    do throws(StoreError) {
      _ = try store.put(.bytes(Array(text.utf8)), to: folder + name, in: bucket)
    } catch {
      // Of any other failure the store may have the object.
      if case .accessDenied = error { throw error }
      if ground.store.ask("GET", ground.settings.store.url).isClosed { throw error }
      expectObjects()
      throw error
    }
    expectObjects()
    return folder + name
  }

  /// Notes that the folder may have objects, so that a failed removal is reported.
  func expectObjects() { hasWritten.store(true, ordering: .relaxed) }

  /// Deletes every version of every object of the folder.
  func remove(from bucket: String) {
    do throws(StoreError) {
      var token: String?
      var found: [VersionSummary] = []
      repeat {
        let page = try store.listVersions(bucket, prefix: folder, after: token, limit: 1000)
        found += page.items
        token = page.next
      } while token != nil && found.count < 10_000
      for version in found { try store.delete(version.key, in: bucket, version: version.version) }
    } catch {
      if hasWritten.load(ordering: .relaxed) { ground.leftBehind.add("\(bucket)/\(folder): \(error)") }
    }
  }
}
