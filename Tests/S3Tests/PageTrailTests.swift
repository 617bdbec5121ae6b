import Storage
import Testing

@Suite struct `A way through a listing` {
  @Test(arguments: [(lead: 0, circle: 1), (0, 2), (3, 1), (5, 7), (64, 3), (10, 1000)])
  func `that leads in a circle ends with an error`(lead: Int, circle: Int) {
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

  @Test func `that is long ends where it ends`() throws {
    var trail = PageTrail()
    for page in 1...5000 {
      #expect(try trail.follow("t\(page)"))
      #expect(trail.token == "t\(page)")
    }
    #expect(try !trail.follow(nil))
  }
}
