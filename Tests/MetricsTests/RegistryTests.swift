import Foundation
import Metrics
import TestSupport
import Testing

@Suite struct RegistryTests {
  private let registry = Registry()

  @Test func `no change by many threads at once is lost`() throws {
    let gauge = registry.gauge("in_flight", "Goes up and down.")
    let histogram = registry.histogram("took_seconds", "Times.", bounds: [1, 2])
    _ = try concurrently(8) { number in
      for _ in 0..<5_000 {
        gauge.add(2)
        gauge.add(-1)
        histogram.observe(Double(number % 3) + 0.5)
      }
    }
    #expect(gauge.value == 40_000)
    #expect(registry.text().contains("took_seconds_sum 55000\ntook_seconds_count 40000"))
  }

  @Test func `a gauge is absent until it is set, and again once it is nil`() {
    let gauge = registry.gauge("level", "A level.")
    #expect(gauge.value == nil)
    gauge.set(.nan)
    #expect(gauge.value?.isNaN == true)
    gauge.set(nil)
    #expect(gauge.value == nil)
    gauge.add(-0.5)
    #expect(gauge.value == -0.5)
  }

  @Test func `counters, gauges, histograms and values read at the scrape are in the text`() throws {
    registry.counter("a_total", "Counts.", ["kind": "x"]).add(3)
    registry.counter("a_total", "Counts.", ["kind": "x"]).add()
    registry.gauge("b", "Goes up and down.").add(2.5)
    registry.reading("c_total", "Read.", growsOnly: true) { 7 }
    let histogram = registry.histogram("d_seconds", "Sizes.", bounds: [0.1, 1])
    for value in [0.05, 0.1, 0.5, 2] { histogram.observe(value) }
    #expect(
      registry.text() == """
        # HELP a_total Counts.
        # TYPE a_total counter
        a_total{kind="x"} 4
        # HELP b Goes up and down.
        # TYPE b gauge
        b 2.5
        # HELP c_total Read.
        # TYPE c_total counter
        c_total 7
        # HELP d_seconds Sizes.
        # TYPE d_seconds histogram
        d_seconds_bucket{le="0.1"} 2
        d_seconds_bucket{le="1"} 3
        d_seconds_bucket{le="+Inf"} 4
        d_seconds_sum 2.65
        d_seconds_count 4

        """
    )
  }

  @Test func `a counter stays at the largest number`() {
    let counter = registry.counter("a_total", "Counts.")
    for number in [Int.max, .max, 1, .min] { counter.add(number) }
    #expect(counter.value == .max)
  }

  @Test func `label values and help texts cannot break out of their line`() throws {
    registry.counter("a_total", "One\nline \\ \"quoted\".", ["kind": "x\"} 9\nb_total 1\\"]).add()
    let scrape = try Scrape(registry.text())
    #expect(scrape.samples.count == 1)
    #expect(scrape.value("a_total", ["kind": "x\"} 9\nb_total 1\\"]) == 1)
  }

  @Test func `an unknown value is left out, with its head`() {
    registry.gauge("a", "Unset.").set(nil)
    registry.reading("b", "Unreadable.") { nil }
    #expect(registry.text() == "")
  }

  @Test func `special numbers are written in Prometheus' form`() throws {
    for (name, value) in [("a", Double.nan), ("b", .infinity), ("c", -.infinity), ("d", 1e300), ("e", 1e-9)] {
      registry.gauge(name, "Special.").set(value)
    }
    let scrape = try Scrape(registry.text())
    #expect(scrape.value("a")?.isNaN == true)
    #expect(scrape.value("b") == .infinity && scrape.value("c") == -.infinity)
    #expect(scrape.value("d") == 1e300 && scrape.value("e") == 1e-9)
  }

  @Test func `a label with unlimited values does not fill the memory`() throws {
    for number in 0..<1000 { registry.counter("a_total", "Counts.", ["user": "\(number)"]).add() }
    #expect(try Scrape(registry.text()).samples.count == 256)
  }

  @Test func `a second metric of another type with the same name is not shown`() throws {
    registry.counter("a_total", "Counts.").add()
    registry.gauge("a_total", "Goes.").set(5)
    registry.gauge("a_total", "Goes.", ["x": "y"]).set(5)
    #expect(try Scrape(registry.text()).samples.count == 1)
  }

  @Test func `no increment is lost between threads, and a negative one is ignored`() {
    let counter = registry.counter("a_total", "Counts.")
    let histogram = registry.histogram("b_seconds", "Sizes.")
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<1000 {
        counter.add()
        histogram.observe(.milliseconds(2))
      }
    }
    counter.add(-5)
    #expect(counter.value == 8000)
    #expect(registry.text().contains("b_seconds_bucket{le=\"0.005\"} 8000\n"))
  }

  @Test func `gauges that belong together are set before each scrape`() throws {
    let gauge = registry.gauge("a", "Set late.")
    registry.beforeScrape { gauge.add(1) }
    #expect(try Scrape(registry.text()).value("a") == 1)
    #expect(try Scrape(registry.text()).value("a") == 2)
  }

  @Test func `the process's own metrics are about right`() throws {
    registry.addProcess()
    let scrape = try Scrape(registry.text())
    let start = try #require(scrape.value("process_start_time_seconds"))
    #expect(start <= Date.now.timeIntervalSince1970 + 2 && start > Date.now.timeIntervalSince1970 - 86_400)
    #expect(try #require(scrape.value("process_resident_memory_bytes")) > 1e6)
    #expect(try #require(scrape.value("process_open_fds")) >= 3)
    #expect(try #require(scrape.value("process_threads")) >= 1)
    #expect(try #require(scrape.value("process_max_fds")) >= 64)
    #expect(try #require(scrape.value("process_cpu_seconds_total")) > 0)
  }
}
