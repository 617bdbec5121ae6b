import Core
import Foundation
import S3

extension Examination {
  /// Compares the policies that are attached with those of `conf/iam`.
  static let attachedPolicies = Examination(checks: Check.permissions) { ground in
    let check = Check.attachedPolicies
    guard let folder = ground.settings.audit.attachedPolicies, let documents = ground.settings.audit.iamDocuments else {
      let text = "STOWAGE_ATTACHED_POLICIES and STOWAGE_IAM_DOCUMENTS name no folders to compare"
      return [check.found(at: ground.settings.store.url, .manual(text))]
    }
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      return [check.found(at: folder, .unknown("the folder cannot be read"))]
    }
    let names = files.filter { $0.hasSuffix(".json") }.sorted().prefix(1000)
    guard !names.isEmpty else { return [check.found(at: folder, .unknown("the folder has no .json file"))] }
    return names.map { name in
      let path = "\(folder)/\(name)"
      return check.found(at: path, compare(path, "\(documents)/\(name)", ground.settings))
    }
  }

  private static func compare(_ path: String, _ reference: String, _ settings: Settings) -> Observation {
    guard let needed = read(reference) else {
      return .fail("no process has a policy of this name", "\(reference) cannot be read")
    }
    guard let attached = read(path) else { return .unknown("it cannot be read, or has more than 1 MB") }
    do {
      // The bucket that a migration copies from is not in the settings: any name fits.
      let document = try PermissionDocument(json: needed, settings: settings, source: "*")
      let excess = try AttachedPolicy(json: attached).excess(over: document)
      guard !excess.isEmpty else { return .pass("allows what the code performs, or less") }
      return .fail(excess.prefix(5).joined(separator: "; ") + (excess.count > 5 ? "; \(excess.count - 5) more" : ""))
    } catch let error as JSONValue.Malformed {
      return .unknown("no JSON: \(error.reason)")
    } catch {
      return .unknown("\(reference): \(error)")
    }
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: JSONValue.maximumBytes + 1), data.count <= JSONValue.maximumBytes
    else { return nil }
    return Array(data)
  }
}
