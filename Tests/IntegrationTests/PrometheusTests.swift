import Core
import FastCGI
import Foundation
import HTTP
import TestSupport
import Testing

extension OperatingTests {
  /// conf/prometheus, conf/grafana and the table of metrics in docs/operate.md.
  @Suite struct PrometheusTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    private let monitoring: Monitoring

    init() throws { monitoring = try Monitoring() }

    private func path(_ name: String) -> String { Self.root.appending(path: name).path }

    private func yaml(_ name: String) throws -> [String: Any] {
      let program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
      let data = try run(path(".venv/bin/python"), ["-c", program, path(name)])
      return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private struct Alert {
      let name: String
      let expression: String
      let labels: [String: String]
      let annotations: [String: String]
    }

    private func alerts() throws -> [Alert] {
      let groups = try #require(try yaml("conf/prometheus/alerts.yml")["groups"] as? [[String: Any]])
      return try groups.flatMap { try #require($0["rules"] as? [[String: Any]]) }.map { rule in
        Alert(
          name: try #require(rule["alert"] as? String),
          expression: try #require(rule["expr"] as? String),
          labels: rule["labels"] as? [String: String] ?? [:],
          annotations: rule["annotations"] as? [String: String] ?? [:]
        )
      }
    }

    @Test func `promtool accepts the configuration and the alerts, and each alert fires and stays silent as it should`()
      throws
    {
      try run("promtool", ["check", "config", path("conf/prometheus/prometheus.yml")])
      try run("promtool", ["check", "rules", path("conf/prometheus/alerts.yml")])
      try run("promtool", ["test", "rules", path("conf/prometheus/alerts-test.yml")])
      let cases = try #require(try yaml("conf/prometheus/alerts-test.yml")["tests"] as? [[String: Any]])
      let tests = cases.flatMap { $0["alert_rule_test"] as? [[String: Any]] ?? [] }
      for alert in try alerts() {
        let mine = tests.filter { $0["alertname"] as? String == alert.name }
        let fires = mine.map { !(($0["exp_alerts"] as? [Any]) ?? []).isEmpty }
        #expect(fires.contains(true) && fires.contains(false), "\(alert.name) fires in a test, and does not in another")
      }
    }

    @Test func `each alert has a severity, texts and a runbook that exists`() throws {
      let page = try String(contentsOfFile: path("docs/operate.md"), encoding: .utf8)
      let anchors = page.matches(of: /(?m)^#+ (.+)$/).map { heading in
        heading.1.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }.replacing(" ", with: "-")
      }
      let all = try alerts()
      #expect(all.count >= 15 && Set(all.map(\.name)).count == all.count)
      for alert in all {
        #expect(["critical", "warning", "info"].contains(alert.labels["severity"] ?? ""), "\(alert.name)")
        for text in ["summary", "description"] { #expect(alert.annotations[text]?.isEmpty == false, "\(alert.name)") }
        let link = try #require(alert.annotations["runbook_url"]?.split(separator: "#"), "\(alert.name)")
        #expect(link.count == 2 && link[0].hasSuffix("/docs/operate.md"), "\(alert.name)")
        #expect(anchors.contains(String(link[1])), "\(alert.name): \(link)")
      }
    }

    @Test func `Prometheus scrapes every process`() throws {
      let jobs = try #require(try yaml("conf/prometheus/prometheus.yml")["scrape_configs"] as? [[String: Any]])
      let targets = jobs.flatMap { $0["static_configs"] as? [[String: Any]] ?? [] }
      let labels = targets.compactMap { $0["labels"] as? [String: String] }
      #expect(labels.count == targets.count)
      #expect(labels.compactMap { $0["process"] }.sorted() == ProcessName.allCases.map(\.rawValue).sorted())
      for label in labels { #expect(label["__metrics_path__"] == "/\(label["process"] ?? "")/metrics") }
    }

    // MARK: Names

    private struct Family: Hashable {
      let name: String
      let type: String
      let help: String
      let labels: [String]
    }

    /// Returns the metrics of a scrape, and the processes that have each.
    private func families() throws -> [Family: [String]] {
      var found: [Family: [String]] = [:]
      for process in ProcessName.allCases.map(\.rawValue) {
        let url = "\(try #require(monitoring.stack.environment["STOWAGE_METRICS_URL"]))/\(process)/metrics"
        let text = String(decoding: try monitoring.stack.send("GET", url).body, as: UTF8.self)
        for family in try families(of: text) { found[family, default: []].append(process) }
      }
      return found
    }

    private func families(of text: String) throws -> [Family] {
      let scrape = try Scrape(text)
      let helps = text.matches(of: /(?m)^# HELP (\S+) (.+)$/).map { (String($0.1), String($0.2)) }
      return helps.map { name, help in
        let suffix = scrape.types[name] == "histogram" ? "_count" : ""
        let series = scrape.samples.keys.filter { $0.name == name + suffix }
        let labels = Set(series.flatMap { Array($0.labels.keys) }).sorted()
        return Family(name: name, type: scrape.types[name] ?? "", help: help, labels: labels)
      }
    }

    /// The metrics of processes with temporary credentials of the store, and with `STOWAGE_USAGE=daily`, which the running
    /// system has not.
    ///
    /// CredentialProvidersTests and UsageCommandTests have such processes.
    private static let otherMetrics = [
      "stowage_credential_refreshes_total", "stowage_credentials_seconds_left", "stowage_usage_last_timestamp_seconds",
    ]

    /// Returns the metrics that an expression reads, without the endings of histograms.
    private func names(in expression: String, _ histograms: Set<String>) -> Set<String> {
      let found = expression.matches(of: /\b(?:stowage|process)_[a-z0-9_]+/).map { String($0.output) }
      return Set(
        found.map { name in
          for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            let base = String(name.dropLast(suffix.count))
            if histograms.contains(base) { return base }
          }
          return name
        }
      )
    }

    @Test(.needsTheWholeSystem) func `alerts and dashboard use metrics that a process has`() throws {
      // A request to the store makes the metrics of requests to the store.
      _ = try monitoring.health("image", "ready")
      let all = try families().keys
      let known = Set(all.map(\.name)).union(Self.otherMetrics)
      let histograms = Set(all.filter { $0.type == "histogram" }.map(\.name))
      for alert in try alerts() {
        let unknown = names(in: alert.expression, histograms).subtracting(known)
        #expect(unknown.isEmpty, "\(alert.name): \(unknown)")
      }
      let text = try Data(contentsOf: URL(filePath: path("conf/grafana/stowage.json")))
      let dashboard = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
      let panels = try #require(dashboard["panels"] as? [[String: Any]]).filter { $0["type"] as? String != "row" }
      #expect(panels.count >= 15)
      for panel in panels {
        let title = panel["title"] as? String ?? ""
        let targets = try #require(panel["targets"] as? [[String: Any]], "\(title)")
        let source = (panel["datasource"] as? [String: String])?["uid"]
        let unit = ((panel["fieldConfig"] as? [String: Any])?["defaults"] as? [String: Any])?["unit"] as? String
        #expect(source == "${datasource}" && unit?.isEmpty == false && !targets.isEmpty, "\(title)")
        for expression in targets.compactMap({ $0["expr"] as? String }) {
          let used = names(in: expression, histograms)
          #expect(!used.isEmpty && used.isSubset(of: known), "\(title): \(used.subtracting(known))")
          let plain = expression.replacing("$__rate_interval", with: "5m").replacing("$node", with: ".*")
            .replacing("$process", with: ".*")
          let rule = ["groups": [["name": "a", "rules": [["record": "a:b", "expr": plain]]]]]
          let folder = try ScratchFolder()
          try JSONSerialization.data(withJSONObject: rule, options: .withoutEscapingSlashes).write(
            to: URL(filePath: folder.file("rule.yml"))
          )
          try run("promtool", ["check", "rules", folder.file("rule.yml")])
        }
      }
      let variables = ((dashboard["templating"] as? [String: Any])?["list"] as? [[String: Any]] ?? [])
      #expect(Set(variables.compactMap { $0["name"] as? String }) == ["datasource", "node", "process"])
    }

    @Test(.needsTheWholeSystem) func `docs/operate.md has every metric, with the processes that may have it`() throws {
      _ = try monitoring.health("image", "ready")
      let page = try String(contentsOfFile: path("docs/operate.md"), encoding: .utf8)
      var documented: [String: (text: String, processes: String)] = [:]
      var names: [String] = []
      for row in page.split(separator: "\n") where row.hasPrefix("| `stowage_") || row.hasPrefix("| `process_") {
        let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        try #require(cells.count == 5, "\(row)")
        let name = cells[0].replacing("`", with: "")
        names.append(name)
        documented[name] = ([cells[1], cells[2], cells[4]].joined(separator: " | "), cells[3])
      }
      #expect(names == Set(names).sorted())
      var found = Set(Self.otherMetrics)
      for (family, processes) in try families() {
        found.insert(family.name)
        let row = try #require(documented[family.name], "\(family)")
        let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
        #expect(row.text == "\(family.type) | \(labels.isEmpty ? "–" : labels) | \(family.help)", "\(family.name)")
        let all = ProcessName.allCases.map(\.rawValue)
        let allowed = row.processes == "all" ? all : row.processes.components(separatedBy: ", ")
        #expect(Set(processes).isSubset(of: allowed), "\(family.name): \(processes)")
      }
      #expect(found == Set(names))
    }
  }
}
