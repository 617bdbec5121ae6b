import Foundation
import Signing
import Synchronization
import TestSupport
import Testing

@testable import CredentialProviders

/// A provider that a test directs; refreshes run at once, on the asking thread, unless the test holds them back.
final class DirectedProvider: Sendable {
  struct State {
    var result: Result<ProviderChain.Found, CredentialError> = .failure(CredentialError("nothing yet"))
    var asked: [Date] = []
    var news: [CredentialNews] = []
  }

  let state = Mutex(State())

  func give(_ key: String, end: Date?, isChangeable: Bool = false) {
    let credentials = Credentials(
      accessKeyID: key,
      secretAccessKey: "\(secretMark)-\(key)",
      sessionToken: "\(secretMark)-token-\(key)",
      expiration: end
    )
    let found = ProviderChain.Found(credentials: credentials, place: "test", isChangeable: isChangeable)
    state.withLock { $0.result = .success(found) }
  }

  func fail(_ reason: String = "away") { state.withLock { $0.result = .failure(CredentialError(reason)) } }

  var asked: [Date] { state.withLock { $0.asked } }
  var news: [CredentialNews] { state.withLock { $0.news } }
  /// The kinds of news, in order.
  var kinds: [String] {
    news.map { news in
      switch news {
      case .obtained(_, let afterFailure): afterFailure ? "recovered" : "obtained"
      case .failing: "failing"
      case .exhausted: "exhausted"
      }
    }
  }

  func source(
    random: Double = 0.5,
    run: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { $0() }
  ) -> RefreshingCredentials {
    RefreshingCredentials(
      report: { [self] news in state.withLock { $0.news.append(news) } },
      random: { random },
      run: run
    ) { [self] now throws(CredentialError) in
      try state.withLock { (state) throws(CredentialError) in
        state.asked.append(now)
        return try state.result.get()
      }
    }
  }
}

@Suite struct RefreshingTests {
  private let provider = DirectedProvider()

  private func key(_ source: RefreshingCredentials, lasting seconds: Int = 0, at offset: Double) -> String? {
    try? source.credentials(lasting: seconds, at: start + offset).accessKeyID
  }

  @Test func `nothing is asked before the first use, and then once for an hour's session until its window`() {
    let source = provider.source()
    #expect(provider.asked.isEmpty)
    provider.give("ONE", end: start + 3600)
    for second in 0..<2250 { #expect(key(source, lasting: 900, at: Double(second)) == "ONE") }
    #expect(provider.asked == [start])
    provider.give("TWO", end: start + 7200)
    // The window is 20 minutes and half of the jitter of a quarter of it: 22.5 minutes before the end.
    #expect(key(source, at: 2250) == "ONE", "nobody waits in the window")
    #expect(key(source, at: 2250) == "TWO")
    #expect(provider.asked.count == 2 && provider.kinds == ["obtained", "obtained"])
  }

  @Test func `nodes refresh at different times`() {
    let times = [0, 0.25, 0.5, 0.999].map { random in
      let provider = DirectedProvider()
      let source = provider.source(random: random)
      provider.give("ONE", end: start + 3600)
      for second in 0..<3600 where provider.asked.count < 2 { _ = key(source, at: Double(second)) }
      return provider.asked.last
    }
    #expect(Set(times).count == 4 && times.allSatisfy { $0 ?? start > start + 2000 && $0 ?? start <= start + 2400 })
  }

  @Test func `credentials that end before a URL are renewed first`() {
    let source = provider.source()
    provider.give("ONE", end: start + 800)
    #expect(key(source, at: 0) == "ONE")
    provider.give("TWO", end: start + 3600)
    #expect(key(source, at: 61) == "ONE", "an ordinary request needs no more")
    #expect(key(source, lasting: 900, at: 61) == "TWO")
  }

  @Test func `an endpoint that is away for ten minutes costs nothing while the old ones hold`() throws {
    let source = provider.source()
    provider.give("ONE", end: start + 3600)
    _ = key(source, at: 0)
    provider.fail()
    for second in 2400..<3000 { #expect(key(source, lasting: 300, at: Double(second)) == "ONE") }
    let attempts = provider.asked.dropFirst()
    #expect((10...25).contains(attempts.count), "\(attempts.count) attempts in ten minutes")
    let pauses = zip(attempts, attempts.dropFirst()).map { $1.timeIntervalSince($0) }
    #expect(pauses.allSatisfy { $0 <= 61 } && pauses.last ?? 0 > 30, "\(pauses)")
    let status = source.status
    #expect(status.failure == "away" && status.failures == attempts.count && status.expiration == start + 3600)
    #expect(status.remark(at: start + 3000) == "fresh ones cannot be had (away); the present ones end in 600 s")
    #expect(provider.kinds == ["obtained", "failing"], "once, and not for each attempt")
    provider.give("TWO", end: start + 7200)
    for second in 3000..<3100 { _ = key(source, at: Double(second)) }
    #expect(key(source, at: 3100) == "TWO" && source.status.failure == nil)
    #expect(provider.kinds == ["obtained", "failing", "recovered"])
  }

  @Test func `after their end there are none, until the endpoint is back within seconds`() throws {
    let source = provider.source()
    provider.give("ONE", end: start + 900)
    _ = key(source, at: 0)
    provider.fail("gone")
    for second in 450..<900 { #expect(key(source, at: Double(second)) == "ONE") }
    for second in 900..<1000 {
      #expect(throws: CredentialError("gone")) { try source.credentials(lasting: 0, at: start + Double(second)) }
    }
    #expect(provider.kinds == ["obtained", "failing", "exhausted"])
    provider.give("TWO", end: start + 3600)
    #expect((1000...1005).contains { key(source, at: Double($0)) == "TWO" })
    #expect(provider.kinds.last == "recovered")
  }

  @Test func `an endpoint that hands out two minutes at a time is enough`() throws {
    let source = provider.source()
    for second in 0..<1200 {
      let now = start + Double(second)
      provider.give("AT\(second)", end: now + 120)
      let credentials = try source.credentials(lasting: 900, at: now)
      #expect(credentials.seconds(at: now, limit: 900) >= 60, "second \(second)")
    }
    #expect((19...45).contains(provider.asked.count), "\(provider.asked.count) refreshes in 20 minutes")
  }

  @Test func `the metadata service may repeat what it gave, and is not asked for each URL`() throws {
    let source = provider.source()
    provider.give("ONE", end: start + 840)
    for second in 0..<540 { #expect(key(source, lasting: 900, at: Double(second)) == "ONE") }
    #expect(provider.asked.count <= 10 && provider.kinds == ["obtained"])
  }

  @Test func `permanent keys are kept, and those of a file are read again`() {
    let source = provider.source()
    provider.give("FIXED", end: nil)
    for day in 0..<100 { #expect(key(source, lasting: 604_800, at: Double(day) * 86_400) == "FIXED") }
    #expect(provider.asked.count == 1 && source.status.secondsLeft(at: start) == nil)

    let changing = DirectedProvider()
    let file = changing.source()
    changing.give("OLD", end: nil, isChangeable: true)
    _ = key(file, at: 0)
    changing.give("NEW", end: nil, isChangeable: true)
    _ = key(file, at: 80)
    #expect(key(file, at: 81) == "NEW")
    changing.fail("the file is half written")
    for second in 82..<1000 { #expect(key(file, at: Double(second)) == "NEW") }
  }

  @Test func `a clock that is set back by a day stops no refresh`() {
    let source = provider.source()
    provider.fail()
    #expect(key(source, at: 86_400) == nil)
    provider.give("ONE", end: start + 3600)
    #expect(key(source, at: 0) == "ONE")
  }

  @Test func `no printed form has a secret`() throws {
    let source = provider.source()
    provider.give("ONE", end: start + 3600)
    let credentials = try source.credentials(lasting: 0, at: start)
    provider.fail()
    _ = key(source, at: 3000)
    let variables = ["AWS_SECRET_ACCESS_KEY": secretMark, "AWS_CONTAINER_AUTHORIZATION_TOKEN": secretMark]
    let (chain, endpoint) = (chain(variables), ContainerEndpoint(variables, address: "http://127.0.0.1:9"))
    var dumped = ""
    dump(
      (source, credentials, provider.news, source.status, chain, endpoint, RotatingSigner(source: source, region: "r")),
      to: &dumped
    )
    for text in [
      dumped, "\(source)", "\(endpoint)", "\(credentials)", String(reflecting: credentials), "\(provider.news)",
    ] {
      #expect(!text.contains(secretMark), "\(text)")
    }
    #expect(dumped.contains("ONE"))
  }
}
