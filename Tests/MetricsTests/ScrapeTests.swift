import TestSupport
import Testing

@Suite struct ScrapeTests {
  private static let head = "# HELP a_total Counts.\n# TYPE a_total counter\n"

  @Test(arguments: [
    "a_total 1\n", head + "a_total 1", head + "b_total 1\n", head + "a_total one\n", head + "a_total 1\na_total 2\n",
    head + "a_total{x=1} 1\n", head + "a_total{x=\"1\",} 1\n", head + "a_total{x=\"\\q\"} 1\n", head + "a_total  1\n",
    head + "\n", "# TYPE a_total counter\na_total 1\n", head + head, "# HELP a Counts.\n# TYPE a counter\na 1\n",
    "# HELP h Sizes.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
    "# HELP h Sizes.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
  ]) func `malformed metrics are refused`(_ text: String) {
    #expect(throws: Unexpected.self) { try Scrape(text) }
  }
}
