/// Follows groups of objects through their classes, and notes what each month bills.
struct ForecastCourse {
  let terms: ForecastTerms
  let plans: [BucketRole: LifecyclePlan]
  /// The first days of the months, and the day behind the last.
  let starts: [Int]
  var months: [MonthUsage]

  private var end: Int { starts[starts.count - 1] }

  /// Follows the objects of a cohort to the end of the forecast.
  mutating func follow(_ cohort: StoredCohort) {
    for group in ObjectGroup.groups(of: cohort) { follow(group) }
  }

  private mutating func follow(_ whole: ObjectGroup) {
    var group = whole
    let plan = plans[group.bucket] ?? LifecyclePlan()
    var now = max(starts[0], group.day)
    // The minimum duration counts from the arrival in the class.
    var entered = min(terms.present[group.bucket]?.arrival(of: group) ?? group.day, now)
    var canAct = now
    while now < end {
      guard let event = plan.next(for: group, from: canAct) else {
        return stay(group, from: now, to: end)
      }
      switch event {
      case .move(let day, let storageClass):
        stay(group, from: now, to: day)
        guard day < end else { return }
        leave(group, on: day, entered: entered)
        group.storageClass = storageClass
        let place = MonthUsage.Place(group.bucket, storageClass)
        let month = month(of: day)
        months[month].transitions[place, default: 0] += UInt128(max(0, group.objects))
        (now, entered, canAct) = (day, day, day + 1)
      case .deletion(let day):
        stay(group, from: now, to: day)
        if day < end { leave(group, on: day, entered: entered) }
        return
      case .marker(let day):
        stay(group, from: now, to: day)
        group.kind = .noncurrent
        group.day = day
        (now, canAct) = (day, day)
      }
    }
  }

  /// Notes the bytes that objects of a group are billed for from a day to the day before another.
  private mutating func stay(_ group: ObjectGroup, from: Int, to: Int) {
    guard group.kind != .marker else { return }
    let place = MonthUsage.Place(group.bucket, group.storageClass)
    let storage = terms.prices.terms(of: group.storageClass)
    for index in months.indices {
      let days = min(to, starts[index + 1]) - max(from, starts[index])
      guard days > 0 else { continue }
      months[index].add(
        group.objects,
        bytes: group.bytes,
        smallObjects: group.isSmall ? group.objects : 0,
        smallBytes: group.isSmall ? group.bytes : 0,
        isWhole: !group.kind.isMultipart,
        in: place,
        under: storage,
        for: days
      )
      if group.isTagged, !group.kind.isMultipart {
        months[index].tagDays += UInt128(max(0, group.objects)) * UInt128(days)
      }
    }
  }

  /// Notes the rest of the minimum duration of objects that leave their class.
  private mutating func leave(_ group: ObjectGroup, on day: Int, entered: Int) {
    let storage = terms.prices.terms(of: group.storageClass)
    let rest = storage.minimumDays - (day - entered)
    guard rest > 0, !group.kind.isMultipart else { return }
    let padding = group.isSmall ? MonthUsage.padding(group.objects, group.bytes, storage) : 0
    let place = MonthUsage.Place(group.bucket, group.storageClass)
    months[month(of: day)].earlyByteDays[place, default: 0] += (UInt128(max(0, group.bytes)) + padding) * UInt128(rest)
  }

  /// Notes the requests and bytes sent of each month, in proportion to its days.
  mutating func repeatTraffic() {
    guard let traffic = terms.traffic, traffic.days > 0 else { return }
    func share(_ count: Int64, _ days: Int) -> UInt128 {
      UInt128(max(0, count)) * UInt128(days) / UInt128(traffic.days)
    }
    for index in months.indices {
      for (kind, count) in traffic.requests { months[index].requests[kind] = share(count, months[index].days) }
      months[index].egressBytes = share(traffic.egressBytes, months[index].days)
    }
  }

  private func month(of day: Int) -> Int {
    max(0, (starts.firstIndex { $0 > day } ?? starts.count - 1) - 1)
  }
}
