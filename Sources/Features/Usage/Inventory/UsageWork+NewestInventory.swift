import Core
import Foundation
import Signing
import Storage

extension UsageWork {
  /// The maximum number of inventories of a bucket that are considered.
  private static let maximumInventories = 10_000

  /// Returns the newest inventory of a bucket that was delivered completely; nil if there is none.
  ///
  /// The store writes the checksum last, so a manifest without one is still being delivered.
  func newestInventory(of bucket: String) throws(UsageProblem) -> InventoryPosition? {
    guard let place = collector.inventory, let listing = collector.store as? any FolderListing else { return nil }
    let root = "\(place.prefix)\(bucket)/"
    var dates: [String] = []
    for configuration in try folders(listing, place.bucket, root) {
      dates += try folders(listing, place.bucket, configuration).filter { Self.date(of: $0) != nil }
    }
    let store = collector.store
    for folder in dates.sorted(by: { Self.date(of: $0) ?? "" > Self.date(of: $1) ?? "" }) {
      let key = "\(folder)manifest.json"
      requests += 2
      do throws(StoreError) {
        let sum = try store.bytes(of: "\(folder)manifest.checksum", in: place.bucket, limit: 1024)
        let json = try store.bytes(of: key, in: place.bucket, limit: InventoryManifest.maximumBytes)
        let wanted = String(decoding: sum, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let digest = MD5.hexadecimal(of: json)
        guard digest == wanted.lowercased() else {
          throw .unexpected(detail: "the MD5 of the manifest is not the one in manifest.checksum")
        }
        return InventoryPosition(place: place.text, manifest: key, digest: digest)
      } catch {
        if case .notFound = error { continue }
        if case .unexpected = error { throw .unusable("\(Wording.printable(key)): \(error)") }
        throw Self.problem(error, place.bucket)
      }
    }
    return nil
  }

  private func folders(
    _ listing: any FolderListing,
    _ bucket: String,
    _ prefix: String
  ) throws(UsageProblem) -> [String] {
    var (trail, names, isLast) = (PageTrail(), [String](), false)
    while !isLast, names.count < Self.maximumInventories {
      let page = try page(bucket, &trail) { (token) throws(StoreError) in
        try listing.folders(bucket, prefix: prefix, after: token, limit: 1000)
      }
      for case .folder(let name) in page?.items ?? [] { names.append(name) }
      isLast = page?.isLast ?? true
    }
    return names
  }

  /// Returns the name of a folder such as `2026-11-06T21-32Z/`, which sorts by time; nil for another name.
  private static func date(of folder: String) -> String? {
    let name = folder.dropLast().split(separator: "/").last.map(String.init) ?? ""
    return name.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}Z/) == nil ? nil : name
  }
}
