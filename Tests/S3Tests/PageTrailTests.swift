import Storage
import Testing

@Suite struct `A sequence of pages` {
  @Test(arguments: [(lead: 0, circle: 1), (0, 2), (3, 1), (5, 7), (64, 3), (10, 1000)])
  func `ends with an error if it is circular`(lead: Int, circle: Int) {
    var trail = PageTrail()
    var read = 0
    let outcome = failure { () throws(StoreError) in
      repeat { read += 1 } while try trail.follow("t\(read < lead ? read : lead + (read - lead) % circle)")
    }
    guard case .unexpected = outcome else {
      Issue.record("\(String(describing: outcome))")
      return
    }
    #expect(read <= 3 * (lead + circle) + 2, "\(read) pages")
  }

  @Test func `ends normally if it is long`() throws {
    var trail = PageTrail()
    for page in 1...5000 {
      #expect(try trail.follow("t\(page)"))
      #expect(trail.token == "t\(page)")
    }
    #expect(try !trail.follow(nil))
  }
}
