import Core
import Testing

@Suite struct CensusTests {
  @Test(arguments: [(0.0, 60.0), (0.01, 60), (1, 1000), (30, 30_000), (1000, 86_400)])
  func `a census is repeated after a thousand times what it took, within bounds`(seconds: Double, pause: Double) {
    #expect(Census(users: 1, files: [], seconds: seconds).pause == pause)
  }
}
