public import Core
import Foundation
import S3

extension PriceBook {
  /// Reads the file of price lists at `path`; each problem begins with the path.
  public init(path: String) throws(StorageError) {
    // A price list has some kilobytes; the reader refuses more than the maximum size.
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: JSONValue.maximumBytes + 1)
    else {
      throw .invalidRequest(
        "\(path): cannot be read; copy conf/prices.json there, or let STOWAGE_PRICES name its place"
      )
    }
    do {
      try self.init(json: Array(data))
    } catch {
      guard case .invalidRequest(let text) = error else { throw error }
      throw .invalidRequest(text.split(separator: "\n").map { "\(path): \($0)" }.joined(separator: "\n"))
    }
  }

  /// Reads the price lists of a document such as conf/prices.json; throws all problems at once.
  public init(json: [UInt8]) throws(StorageError) {
    let document: JSONValue
    do {
      document = try JSONValue(json: json)
    } catch {
      throw .invalidRequest("no price list: \(error.reason)")
    }
    var reader = PriceReader()
    let book = reader.book(document)
    guard reader.problems.isEmpty else { throw .invalidRequest(reader.problems.joined(separator: "\n")) }
    self = book
  }
}

/// Reads price lists, and collects what is wrong with them.
private struct PriceReader {
  var problems: [String] = []

  private static let maximumLists = 100
  private static let maximumLines = 1000

  mutating func book(_ document: JSONValue) -> PriceBook {
    guard case .object = document else {
      problems.append("expected an object with lists and ownDisk")
      return PriceBook(lists: [])
    }
    refuseOthers(in: document, ["lists", "ownDisk"], at: "")
    var lists: [PriceList] = []
    let items = array(document["lists"], at: "lists", most: Self.maximumLists)
    for (index, item) in items.enumerated() {
      if let list = list(item, at: "lists[\(index)]") { lists.append(list) }
    }
    if let disk = document["ownDisk"], let list = ownDisk(disk) { lists.append(list) }
    for (name, same) in Dictionary(grouping: lists, by: \.name) where same.count > 1 {
      problems.append("two lists have the name \(name)")
    }
    var homes: Set<String> = []
    for list in lists {
      for store in list.stores where !homes.insert("\(store.rawValue) \(list.region ?? "in all regions")").inserted {
        problems.append(
          "\(list.name): another list has prices for \(store.rawValue) \(list.region ?? "in all regions")"
        )
      }
    }
    if lists.isEmpty, problems.isEmpty { problems.append("lists: no list") }
    problems.sort()
    return PriceBook(lists: lists)
  }

  private mutating func list(_ value: JSONValue, at place: String) -> PriceList? {
    refuseOthers(in: value, ["name", "stores", "region", "currency", "bytesPerGB", "lines"], at: place)
    let name = text(value["name"], at: "\(place).name", most: 60) ?? ""
    let stores = array(value["stores"], at: "\(place).stores", most: 10).compactMap { item -> StoreSettings.Kind? in
      if let store = item.string.flatMap(StoreSettings.Kind.init(rawValue:)) { return store }
      let known = StoreSettings.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      problems.append("\(place).stores: expected some of \(known)")
      return nil
    }
    let region = value["region"].flatMap { text($0, at: "\(place).region", most: 40) }
    let currency = currency(value["currency"], at: "\(place).currency")
    let size = value["bytesPerGB"]?.integer ?? 0
    if ![1_000_000_000, 1 << 30].contains(size) {
      problems.append("\(place).bytesPerGB: expected 1000000000 or 1073741824")
    }
    var lines: [PricedItem: PriceLine] = [:]
    var terms: [String: StorageTerms] = [:]
    let items = array(value["lines"], at: "\(place).lines", most: Self.maximumLines)
    for (index, item) in items.enumerated() {
      let place = "\(place).lines[\(index)]"
      guard let line = line(item, at: place) else { continue }
      if lines.updateValue(line, forKey: line.item) != nil { problems.append("\(place): another line has this price") }
      if case .storage(let storageClass) = line.item { terms[storageClass] = self.terms(item, at: place) }
    }
    return PriceList(
      name: name,
      stores: stores,
      region: region,
      currency: currency,
      bytesPerGigabyte: Int64(size),
      lines: lines,
      terms: terms
    )
  }

  private mutating func ownDisk(_ value: JSONValue) -> PriceList? {
    refuseOthers(in: value, ["currency", "perGBMonth"], at: "ownDisk")
    let currency = currency(value["currency"], at: "ownDisk.currency")
    var lines: [PricedItem: PriceLine] = [:]
    if let text = value["perGBMonth"]?.string, text.isEmpty {
      lines = [:]
    } else if let price = price(value["perGBMonth"], at: "ownDisk.perGBMonth") {
      let item = PricedItem.storage(storageClass: PriceList.anyClass)
      let step = PriceLine.Step(above: 0, price: price)
      lines[item] = PriceLine(item, unit: .gigabyteMonth, steps: [step], roundsUp: false, date: "", source: "ownDisk")
    }
    return PriceList(
      name: "own-disk",
      stores: [.minio, .seaweedfs, .ceph],
      region: nil,
      currency: currency,
      bytesPerGigabyte: 1 << 30,
      lines: lines,
      terms: [:],
      isOwnDisk: true
    )
  }

  private mutating func line(_ value: JSONValue, at place: String) -> PriceLine? {
    let name = value["item"]?.string ?? ""
    guard let shape = Self.shapes[name] else {
      problems.append("\(place).item: expected one of \(Self.shapes.keys.sorted().joined(separator: ", "))")
      return nil
    }
    var members: Set = ["item", "unit", "price", "free", "steps", "roundsUp", "date", "source"]
    if let label = shape.label { members.insert(label) }
    if name == "storage" { members.formUnion(Self.termMembers) }
    refuseOthers(in: value, members, at: place)
    let label = shape.label.map { text(value[$0], at: "\(place).\($0)", most: 60) ?? "" } ?? ""
    let unit = value["unit"]?.string.flatMap(PriceUnit.init(rawValue:))
    if !shape.units.contains(where: { $0 == unit }) {
      problems.append("\(place).unit: expected \(shape.units.map(\.rawValue).joined(separator: " or "))")
    }
    guard let item = shape.item(label) else {
      problems.append("\(place).kind: expected \([RequestTier.write, .read].map(\.rawValue).joined(separator: " or "))")
      return nil
    }
    let date = text(value["date"], at: "\(place).date", most: 10) ?? ""
    if date != PriceLine.undated, date.wholeMatch(of: /\d{4}-(0[1-9]|1[0-2])(-\d{2})?/) == nil {
      problems.append("\(place).date: expected a month or a day, such as 2026-06 or 2026-06-05, or undated")
    }
    let source = text(value["source"], at: "\(place).source", most: 500) ?? ""
    if let flag = value["roundsUp"], flag != .flag(true), flag != .flag(false) {
      problems.append("\(place).roundsUp: expected true or false")
    }
    let steps = steps(value, at: place)
    guard let unit else { return nil }
    let roundsUp = value["roundsUp"] == .flag(true)
    return PriceLine(item, unit: unit, steps: steps, roundsUp: roundsUp, date: date, source: source)
  }

  private mutating func steps(_ value: JSONValue, at place: String) -> [PriceLine.Step] {
    guard let first = price(value["price"], at: "\(place).price") else { return [] }
    let free = count(value["free"], at: "\(place).free")
    var steps = free > 0 ? [PriceLine.Step(above: 0, price: 0)] : []
    steps.append(PriceLine.Step(above: free, price: first))
    let more = value["steps"] == nil ? [] : array(value["steps"], at: "\(place).steps", most: 20)
    for (index, item) in more.enumerated() {
      let place = "\(place).steps[\(index)]"
      refuseOthers(in: item, ["above", "price"], at: place)
      let above = count(item["above"], at: "\(place).above")
      guard let price = price(item["price"], at: "\(place).price") else { continue }
      if above <= steps[steps.count - 1].above { problems.append("\(place).above: expected more than the step before") }
      steps.append(PriceLine.Step(above: above, price: price))
    }
    return steps
  }

  private mutating func terms(_ value: JSONValue, at place: String) -> StorageTerms {
    var terms = StorageTerms()
    terms.minimumBytes = count(value["minimumBytes"], at: "\(place).minimumBytes")
    terms.minimumDays = Int(count(value["minimumDays"], at: "\(place).minimumDays", most: 3650))
    terms.overheadBytes = count(value["overheadBytes"], at: "\(place).overheadBytes", most: 1 << 20)
    terms.standardOverheadBytes = count(
      value["standardOverheadBytes"],
      at: "\(place).standardOverheadBytes",
      most: 1 << 20
    )
    if ![0, StoredCohort.smallBelow].contains(terms.minimumBytes) {
      problems.append("\(place).minimumBytes: expected \(StoredCohort.smallBelow), the size that usage counts by")
    }
    return terms
  }

  private static let termMembers = ["minimumBytes", "minimumDays", "overheadBytes", "standardOverheadBytes"]

  private static let shapes: [String: LineShape] = [
    "storage": LineShape("class", [.gigabyteMonth]) { .storage(storageClass: $0) },
    "requests": LineShape("kind", [.thousandRequests, .millionRequests]) {
      RequestTier(rawValue: $0).flatMap { $0 == .free ? nil : .requests($0) }
    },
    "transitions": LineShape("class", [.thousandRequests, .millionRequests]) { .transitions(storageClass: $0) },
    "retrieval": LineShape("class", [.gigabyte]) { .retrieval(storageClass: $0) },
    "retrievalRequests": LineShape("class", [.thousandRequests, .millionRequests]) {
      .retrievalRequests(storageClass: $0)
    },
    "tags": LineShape(nil, [.tagMonths]) { _ in .tags },
    "egress": LineShape(nil, [.gigabyte]) { _ in .egress },
  ]
}

/// The members of a kind of line.
private struct LineShape: Sendable {
  let label: String?
  let units: [PriceUnit]
  let item: @Sendable (String) -> PricedItem?

  init(_ label: String?, _ units: [PriceUnit], _ item: @escaping @Sendable (String) -> PricedItem?) {
    (self.label, self.units, self.item) = (label, units, item)
  }
}

extension PriceReader {
  private mutating func refuseOthers(in value: JSONValue, _ known: Set<String>, at place: String) {
    guard case .object(let members) = value else {
      problems.append("\(place): expected an object")
      return
    }
    for name in members.keys.sorted() where !known.contains(name) {
      problems.append("\(place.isEmpty ? "" : "\(place).")\(Wording.printable(name)): an unknown member")
    }
  }

  private mutating func array(_ value: JSONValue?, at place: String, most: Int) -> [JSONValue] {
    guard case .array(let items)? = value, items.count <= most else {
      problems.append("\(place): expected an array of at most \(most) items")
      return []
    }
    return items
  }

  private mutating func text(_ value: JSONValue?, at place: String, most: Int) -> String? {
    guard let text = value?.string, !text.isEmpty, text.utf8.count <= most, Wording.printable(text) == text else {
      problems.append("\(place): expected a text of 1 to \(most) characters")
      return nil
    }
    return text
  }

  private mutating func currency(_ value: JSONValue?, at place: String) -> String {
    guard let code = value?.string, code.wholeMatch(of: /[A-Z]{3}/) != nil else {
      problems.append("\(place): expected the three letters of ISO 4217, such as USD")
      return ""
    }
    return code
  }

  private mutating func price(_ value: JSONValue?, at place: String) -> Int64? {
    guard let price = value?.string.flatMap(PriceLine.parts) else {
      problems.append(
        "\(place): expected a decimal number as a text, such as \"0.023\", from 0 to 100000, with at most 12 digits behind the point"
      )
      return nil
    }
    return price
  }

  private mutating func count(_ value: JSONValue?, at place: String, most: Int = 1_000_000_000_000) -> Int64 {
    guard let value else { return 0 }
    guard let count = value.integer, (0...most).contains(count) else {
      problems.append("\(place): expected a whole number from 0 to \(most)")
      return 0
    }
    return Int64(count)
  }
}
