/// The cost of one month, by line.
public struct Bill: Sendable, Equatable {
  /// The groups of lines.
  public enum Group: String, CaseIterable, Sendable {
    /// Bytes of objects.
    case storage
    /// Bytes that small objects are billed for up to the minimum size of their class.
    case minimumSize = "minimum-size"
    /// Bytes that each archived object adds.
    case archiveOverhead = "archive-overhead"
    /// The rest of the minimum duration of objects that were deleted or moved before.
    case earlyDeletion = "early-deletion"
    /// Moves by lifecycle rules.
    case transitions
    /// Requests.
    case requests
    /// Bytes read from a class, and requests that restore.
    case retrievals
    /// Tags of objects.
    case tags
    /// Bytes sent to the internet.
    case egress
  }

  /// One line.
  public struct Line: Sendable, Equatable {
    /// The group.
    public let group: Group
    /// The bucket; nil for what is counted for all buckets together.
    public let bucket: BucketRole?
    /// The storage class, or the kind of request; nil if the group has neither.
    public let label: String?
    /// The quantity in thousandths of the unit, rounded.
    public let thousandths: UInt128
    /// The unit of the quantity; nil if the price list has no price.
    public let unit: PriceUnit?
    /// The amount; zero if the price list has no price.
    public let amount: Money
    /// True if the quantity is an estimate, and was not counted in buckets.
    public let isEstimate: Bool
    /// True if the price list has a price.
    public var isPriced: Bool { unit != nil }
  }

  /// The lines with a quantity.
  public let lines: [Line]

  /// The sum of the lines.
  public var total: Money { lines.reduce(.zero) { $0 + $1.amount } }

  /// Returns the sum of the lines of a group.
  public func total(of group: Group) -> Money { lines.reduce(.zero) { $0 + ($1.group == group ? $1.amount : .zero) } }

  /// The storage classes with bytes, moves or reads that the price list has no price for.
  public var unpricedLabels: [String] { Array(Set(lines.filter { !$0.isPriced }.compactMap(\.label))).sorted() }

  /// Prices the quantities of a month.
  public init(_ usage: MonthUsage, prices: PriceList) {
    var register = Register(prices: prices, days: usage.days)
    for bucket in BucketRole.allCases {
      register.enter(.storage, usage.byteDays, of: bucket) { .storage(storageClass: $0) }
      register.enter(.minimumSize, usage.paddingByteDays, of: bucket) { .storage(storageClass: $0) }
      register.enter(.archiveOverhead, usage.overheadByteDays, of: bucket) { .storage(storageClass: $0) }
      let standard = usage.standardOverheadByteDays.filter { $0.key.bucket == bucket }.values.reduce(0, MonthUsage.sum)
      register.enter(
        .archiveOverhead,
        [MonthUsage.Place(bucket, "STANDARD"): standard],
        of: bucket
      ) { .storage(storageClass: $0) }
      register.enter(.earlyDeletion, usage.earlyByteDays, of: bucket) { .storage(storageClass: $0) }
      register.enter(.transitions, usage.transitions, of: bucket) { .transitions(storageClass: $0) }
    }
    for kind in [RequestTier.write, .read] {
      register.enter(.requests, .requests(kind), usage.requests[kind] ?? 0, nil, kind.rawValue)
    }
    for (name, bytes) in usage.retrievedBytes.sorted(by: { $0.key < $1.key }) {
      register.enter(.retrievals, .retrieval(storageClass: name), bytes, nil, name)
    }
    for (name, count) in usage.retrievalRequests.sorted(by: { $0.key < $1.key }) {
      register.enter(.retrievals, .retrievalRequests(storageClass: name), count, nil, name)
    }
    register.enter(.tags, .tags, usage.tagDays, nil, nil)
    register.enter(.egress, .egress, usage.egressBytes ?? 0, nil, nil)
    lines = register.lines
  }

  /// Enters lines, and remembers how much of each price's steps is used up.
  private struct Register {
    let prices: PriceList
    let days: Int
    var used: [PricedItem: UInt128] = [:]
    var lines: [Line] = []

    mutating func enter(
      _ group: Group,
      _ quantities: [MonthUsage.Place: UInt128],
      of bucket: BucketRole,
      as item: (String) -> PricedItem
    ) {
      let ordered = quantities.filter { $0.key.bucket == bucket }.sorted { $0.key.storageClass < $1.key.storageClass }
      for (place, quantity) in ordered {
        enter(group, item(place.storageClass), quantity, bucket, place.storageClass)
      }
    }

    mutating func enter(
      _ group: Group,
      _ item: PricedItem,
      _ quantity: UInt128,
      _ bucket: BucketRole?,
      _ label: String?
    ) {
      guard quantity > 0 else { return }
      let line = prices.line(item)
      // Disks of one's own bill only storage, and stores without a price for tags do not bill them.
      if line == nil, group == .tags || prices.isOwnDisk && group != .storage { return }
      var amount = Money.zero
      let size = unitSize(line?.unit)
      if let line {
        let before = used[item] ?? 0
        let after = MonthUsage.sum(before, quantity)
        amount = line.cost(of: after, unitSize: size) - line.cost(of: before, unitSize: size)
        used[item] = after
      }
      let isEstimate = [.requests, .egress, .retrievals].contains(group)
      lines.append(
        Line(
          group: group,
          bucket: bucket,
          label: label,
          thousandths: Self.thousandths(quantity, size),
          unit: line?.unit,
          amount: amount,
          isEstimate: isEstimate
        )
      )
    }

    private func unitSize(_ unit: PriceUnit?) -> UInt128 {
      switch unit {
      case .gigabyteMonth: UInt128(prices.bytesPerGigabyte) * UInt128(days)
      case .gigabyte: UInt128(prices.bytesPerGigabyte)
      case .thousandRequests: 1000
      case .millionRequests: 1_000_000
      case .tagMonths: 10_000 * UInt128(days)
      case nil: 1
      }
    }

    private static func thousandths(_ quantity: UInt128, _ size: UInt128) -> UInt128 {
      let (whole, rest) = quantity.quotientAndRemainder(dividingBy: size)
      return MonthUsage.sum(MonthUsage.product(whole, 1000), (rest * 1000 + size / 2) / size)
    }
  }
}
