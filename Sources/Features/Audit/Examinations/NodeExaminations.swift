import Core
import FastCGI
import Foundation
import Glibc
import Scanning

extension Examination {
  /// Looks at the users of the processes, and at their sockets.
  static let processes = Examination(checks: [.processUser, .socketMode]) { ground in
    let folder = ground.settings.endpoint.socketDirectory
    var findings = [Check.socketMode.found(at: folder, FileFacts.closed(folder, to: 0o002))]
    for name in ProcessName.allCases.map(\.rawValue) {
      let path = "\(folder)/\(name).sock"
      findings.append(Check.processUser.found(at: name, user(path)))
      guard FileFacts(path) != nil else { continue }
      let isOutOfReach = FileFacts.isOutOfReach(path)
      findings.append(
        Check.socketMode.found(at: path, isOutOfReach ? .pass("lies in a closed folder") : FileFacts.closed(path))
      )
    }
    return findings
  }

  private struct Life: Decodable {
    let pid: Int
  }

  private static func user(_ path: String) -> Observation {
    let answer: Client.Answer
    do throws(Client.Failure) { answer = try Client(socket: path).get("/health/live") } catch {
      if case .unreachable = error, FileFacts(path) == nil { return .manual("does not run on this node") }
      return .unknown("\(path): \(error)")
    }
    guard let life = try? JSONDecoder().decode(Life.self, from: Data(answer.body)),
      let status = try? String(contentsOfFile: "/proc/\(life.pid)/status", encoding: .utf8),
      let number = status.firstMatch(of: /(?m)^Uid:\t[0-9]+\t([0-9]+)/).flatMap({ uid_t($0.1) })
    else { return .unknown("the process behind \(path) cannot be seen") }
    let evidence = "/proc/\(life.pid)/status: effective user \(number)"
    return number == 0 ? .fail("runs as root", evidence) : .pass("runs as the user \(number)", evidence)
  }

  /// Looks at the modes of the database.
  static let databaseFiles = Examination(checks: [.databaseMode]) { ground in
    guard let path = ground.settings.database.path else {
      return [Check.databaseMode.found(at: "\(ground.settings.database)", .manual("a server, which has no file here"))]
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    let files = [path] + [path + "-wal", path + "-shm"].filter { FileFacts($0) != nil }
    return files.map { Check.databaseMode.found(at: $0, FileFacts.closed($0)) }
      + [Check.databaseMode.found(at: folder, FileFacts.closed(folder, to: 0o002))]
  }

  /// Asks the scanner for its signatures, and lets it scan the EICAR test file.
  static let scanner = Examination(checks: [.scannerOff, .scannerOfficial, .scannerAge]) { ground in
    guard case .clamd(let address) = ground.settings.scanner else {
      let follows = Observation.manual("follows STOWAGE_SCANNER=none, which is a finding by itself")
      return [
        Check.scannerOff.found(at: "STOWAGE_SCANNER", .fail("none: every file counts as clean")),
        Check.scannerOfficial.found(at: "STOWAGE_SCANNER", follows),
        Check.scannerAge.found(at: "STOWAGE_SCANNER", follows),
      ]
    }
    let on = Check.scannerOff.found(at: "STOWAGE_SCANNER", .pass("clamd"))
    do {
      let scanner = try ground.subject.scanner()
      let version = try scanner.version()
      return [
        on,
        Check.scannerOfficial.found(at: address, [signatures(version), testFile(scanner, ground.settings.worker)]),
        Check.scannerAge.found(at: address, age(version, at: ground.now)),
      ]
    } catch {
      let silent = Observation.unknown("clamd at \(address): \(error)")
      return [on, Check.scannerOfficial.found(at: address, silent), Check.scannerAge.found(at: address, silent)]
    }
  }

  private static func signatures(_ version: String) -> Observation {
    version.split(separator: "/").count >= 3
      ? .pass("has official signatures", "VERSION → \(version)")
      : .fail("has no official signatures", "VERSION → \(version)")
  }

  /// Reads the date in an answer such as `ClamAV 1.4.3/27812/Mon Nov 24 09:40:10 2026`.
  ///
  /// Source: https://docs.clamav.net/manual/Usage/Scanning.html#clamd
  private static func age(_ version: String, at now: Date) -> Observation {
    let parts = version.split(separator: "/")
    guard parts.count >= 3 else { return .manual("has no official signatures, whose date could be read") }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "EEE MMM d HH:mm:ss yyyy"
    let words = parts[2].split(separator: " ").joined(separator: " ")
    guard let date = formatter.date(from: words) else {
      return .unknown("the date cannot be read", "VERSION → \(version)")
    }
    let text = "signatures of \(date.ISO8601Format())"
    return now.timeIntervalSince(date) > 7 * 86_400
      ? .fail(text, "VERSION → \(version)") : .pass(text, "VERSION → \(version)")
  }

  /// The EICAR test file, in two halves, so that no scanner takes this program for one.
  ///
  /// Source: https://www.eicar.org/download-anti-malware-testfile/
  private static let eicar = [#"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND"#, "ARD-ANTIVIRUS-TEST-FILE!$H+H*"].joined()

  private static func testFile(_ scanner: any MalwareScanner, _ settings: WorkerSettings) -> Observation {
    let bytes = Array(eicar.utf8)
    var template = Array("\(settings.temporaryDirectory)/stowage-audit-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { return .unknown("no temporary file: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    unlink(template)
    guard write(descriptor, bytes, bytes.count) == bytes.count else { return .unknown("no room for the test file") }
    do throws(ScanError) {
      switch try scanner.scan(descriptor: descriptor, size: Int64(bytes.count)) {
      case .infected(let name): return .pass("finds the EICAR test file", "INSTREAM → \(name) FOUND")
      case .clean, .notScanned, .limitExceeded: return .fail("takes the EICAR test file for clean", "INSTREAM → OK")
      }
    } catch {
      return .unknown("the scan of the EICAR test file: \(error)")
    }
  }
}
