import S3

/// A test that makes calls which the run on moto does not reach.
struct Evidence: Sendable {
  let parties: Set<Party>
  let calls: Set<StoreCall>
  /// The path below `Tests`, without its ending.
  let file: String
  let test: String

  var needs: Set<Need> { calls.reduce(into: Set<Need>()) { $0.formUnion($1.needs) } }

  init(_ parties: Set<Party>, _ calls: Set<StoreCall>, _ file: String, _ test: String) {
    (self.parties, self.calls, self.file, self.test) = (parties, calls, file, test)
  }

  private static let jobs: Set<Party> = [.worker, .image, .adminFiles]

  /// Every test that is needed.
  static let all: [Evidence] = [
  ]
}
