import Core
import Testing

@Suite struct HeaderPatternTests {
  @Test func `the headers of tracing libraries are known`() {
    let names = [
      "traceparent", "tracestate", "baggage", "sentry-trace", "x-request-id", "x-datadog-origin", "x-datadog-parent-id",
      "x-datadog-sampling-priority", "x-datadog-trace-id", "x-datadog-tags",
    ]
    for name in names { #expect(HeaderPattern.tracing.contains { $0.matches(name) }, "\(name)") }
    for name in ["x-datadog", "authorization", "x-amz-acl", "traceparent2", "x-datadog-a b", "x-datadog-\n"] {
      #expect(!HeaderPattern.tracing.contains { $0.matches(name) }, "\(name)")
    }
  }

  @Test func `a name is compared without case`() {
    #expect(HeaderPattern("X-B3-TraceId")?.description == "x-b3-traceid")
    #expect(HeaderPattern("X-Acme-*")?.matches("x-acme-one") == true)
  }

  @Test(arguments: [
    "", "*", "x-*", "x*", "a*b", "x-acme*", "x-*-y", "x-acme-**", "a b", "a:b", "a,b", "ä", "x-amz-acl", "X-Amz-Meta-*",
    "x-amz-*", String(repeating: "a", count: 65),
  ])
  func `anything but a name, or the beginning of names, is refused`(text: String) {
    #expect(HeaderPattern(text) == nil)
  }
}
