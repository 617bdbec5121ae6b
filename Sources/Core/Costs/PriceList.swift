/// The rules by which a storage class bills more than the bytes of its objects.
public struct StorageTerms: Hashable, Sendable {
  /// The size that a smaller object is billed for, in bytes; 0 if there is none.
  public var minimumBytes: Int64 = 0
  /// The number of days that an object is billed for at least; 0 if there is none.
  public var minimumDays = 0
  /// The bytes that each object adds in its own class.
  public var overheadBytes: Int64 = 0
  /// The bytes that each object adds in the class STANDARD.
  public var standardOverheadBytes: Int64 = 0

  /// Creates terms that add nothing.
  public init() {}
}

/// The prices of one store in one region and one currency.
public struct PriceList: Sendable, Equatable {
  /// The name of the list, such as `aws-us-east-1`.
  public let name: String
  /// The stores that the list is for.
  public let stores: [StoreSettings.Kind]
  /// The region; nil if the prices hold in all regions.
  public let region: String?
  /// The code of the currency, such as `USD`.
  public let currency: String
  /// The bytes of the GB of the prices.
  public let bytesPerGigabyte: Int64
  /// The lines by what they price.
  public let lines: [PricedItem: PriceLine]
  /// The terms of the storage classes that the list knows.
  public let terms: [String: StorageTerms]
  /// True for disks of one's own: all classes cost the same, and nothing but storage costs anything.
  public let isOwnDisk: Bool

  /// The class under which a list for disks of one's own has its price.
  public static let anyClass = "*"

  /// Creates a list.
  public init(
    name: String,
    stores: [StoreSettings.Kind],
    region: String?,
    currency: String,
    bytesPerGigabyte: Int64,
    lines: [PricedItem: PriceLine],
    terms: [String: StorageTerms],
    isOwnDisk: Bool = false
  ) {
    self.name = name
    self.stores = stores
    self.region = region
    self.currency = currency
    self.bytesPerGigabyte = bytesPerGigabyte
    self.lines = lines
    self.terms = terms
    self.isOwnDisk = isOwnDisk
  }

  /// Returns the terms of a storage class; for an unknown class, terms that add nothing.
  public func terms(of storageClass: String) -> StorageTerms { terms[storageClass] ?? StorageTerms() }

  /// Returns the line for an item; nil if the list has no price for it.
  public func line(_ item: PricedItem) -> PriceLine? {
    guard isOwnDisk, case .storage = item else { return lines[item] }
    return lines[.storage(storageClass: Self.anyClass)]
  }

  /// The dates of the lines, from the first to the last, such as `2022-07 to 2026-06, some undated`; nil if there are none.
  public var dates: String? {
    let all = lines.values.map(\.date).filter { !$0.isEmpty }
    let dated = all.filter { $0 != PriceLine.undated }.sorted()
    guard let first = dated.first, let last = dated.last else { return all.isEmpty ? nil : PriceLine.undated }
    return (first == last ? first : "\(first) to \(last)") + (dated.count < all.count ? ", some undated" : "")
  }
}

/// All price lists of an installation.
public struct PriceBook: Sendable, Equatable {
  /// The lists.
  public let lists: [PriceList]

  /// Creates a book.
  public init(lists: [PriceList]) { self.lists = lists }

  /// The list with this name.
  public func list(named name: String) -> PriceList? { lists.first { $0.name == name } }

  /// The list for a store: one for its region, or else one for all regions.
  public func list(for store: StoreSettings.Kind, region: String) -> PriceList? {
    let suitable = lists.filter { $0.stores.contains(store) }
    return suitable.first { $0.region == region } ?? suitable.first { $0.region == nil }
  }
}
