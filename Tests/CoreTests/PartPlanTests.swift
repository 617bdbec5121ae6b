import Core
import Testing

@Suite struct PartPlanTests {
  private static let mega: Int64 = 1 << 20

  @Test(
    arguments: [
      (1, 1, 1), (5 << 20, 1, 5 << 20), (5 << 20 + 1, 2, 1), (10 << 20, 2, 5 << 20), (50 << 20, 10, 5 << 20),
      (12_345_678, 3, 12_345_678 - 10 << 20),
    ] as [(Int64, Int, Int64)]
  )
  func `parts have 5 MB, and the last part has the rest`(size: Int64, count: Int, last: Int64) {
    let plan = PartPlan(size: size)
    #expect(plan.partSize == 5 * Self.mega && plan.count == count && plan.size(of: count) == last)
    #expect((1...count).reduce(0) { $0 + plan.size(of: $1) } == size)
    #expect(plan.size(of: 0) == 0 && plan.size(of: count + 1) == 0)
  }

  @Test(arguments: [50_000 << 20, 50_000 << 20 + 1, 5 << 40 - 1, 5 << 40] as [Int64])
  func `no file needs more than 10,000 parts`(size: Int64) {
    let plan = PartPlan(size: size)
    #expect(plan.count <= 10_000 && plan.partSize >= 5 * Self.mega && plan.partSize % Self.mega == 0)
    #expect(Int64(plan.count - 1) * plan.partSize + plan.size(of: plan.count) == size)
  }

  @Test func `missing, extra and wrongly sized parts are reported`() {
    let plan = PartPlan(size: 25, partSize: 10)
    #expect(plan.mismatches([1: 10, 2: 10, 3: 5]) == [])
    #expect(plan.mismatches([:]) == [1, 2, 3])
    #expect(plan.mismatches([1: 10, 2: 11, 3: 10]) == [2, 3])
    #expect(plan.mismatches([1: 10, 2: 10, 3: 5, 7: 1, 4: 0]) == [4, 7])
  }
}
