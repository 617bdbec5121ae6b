import Buckets
import Core
import Costs
import Foundation
import Reporting
import S3

/// Reads the prices and lifecycle rules of the installation.
///
/// A file that cannot be read is a note on the page, and no failure.
enum AdminCosts {
  static func basis(_ settings: Settings) throws(StorageError) -> CostBasis {
    var notes = ["The cost by day is that of the stored bytes. Requests, minimum sizes and egress are not in it."]
    let prices: PriceList?
    do throws(StorageError) {
      prices = try priceList(settings)
    } catch {
      prices = nil
      notes = [words(of: error)]
    }
    var plans: [BucketRole: LifecyclePlan] = [:]
    do throws(StorageError) {
      plans = try self.plans(settings)
    } catch {
      notes.append("The forecast follows no lifecycle rules: \(words(of: error))")
    }
    return CostBasis(prices: prices, plans: plans, notes: notes)
  }

  private static func words(of error: StorageError) -> String {
    if case .invalidRequest(let text) = error { return Wording.printable(text) }
    return Wording.printable("\(error)")
  }

  private static func priceList(_ settings: Settings) throws(StorageError) -> PriceList {
    let path = settings.prices
    let book = try PriceBook(path: path)
    guard let list = book.list(for: settings.store.kind, region: settings.store.region) else {
      let store = "\(settings.store.kind.rawValue) in \(settings.store.region)"
      throw .invalidRequest("No prices for \(store) in \(path): add a list, then load this page again.")
    }
    return list
  }

  private static func plans(_ settings: Settings) throws(StorageError) -> [BucketRole: LifecyclePlan] {
    let documents = try DocumentFolder(nil, settings: settings).read(BucketRole.allCases)
    var plans: [BucketRole: LifecyclePlan] = [:]
    for document in documents {
      let isVersioned = (document.documents[.versioning] ?? nil)?["Status"]?.string == "Enabled"
      let lifecycle = document.documents[.lifecycle] ?? nil
      plans[document.role] = try LifecyclePlan(document: lifecycle, isVersioned: isVersioned)
    }
    return plans
  }
}
