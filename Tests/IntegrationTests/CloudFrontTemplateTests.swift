import Core
import Foundation
import TestSupport
import Testing

/// `conf/cloudfront.yaml`: what the linters say, and whether it fits the code.
@Suite(.enabled(if: isRunning, howToRun)) struct CloudFrontTemplateTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
  private static let template = root.appending(path: "conf/cloudfront.yaml").path

  /// Returns the distribution's settings and the other resources, with the short forms of functions as their arguments.
  private func resources() throws -> [String: [String: Any]] {
    let program = """
      import json, sys, yaml
      yaml.SafeLoader.add_multi_constructor("!", lambda loader, tag, node:
        {"Fn": tag, "of": loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode)
          else loader.construct_sequence(node, deep=True)})
      print(json.dumps(yaml.safe_load(open(sys.argv[1]))["Resources"]))
      """
    let python = Self.root.appending(path: ".venv/bin/python").path
    let data = try run(python, ["-c", program, Self.template])
    let found = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
    return found.compactMapValues { $0["Properties"] as? [String: Any] }
  }

  private func scan(_ path: String) -> String {
    let python = Self.root.appending(path: ".venv-scan/bin/python").path
    do {
      try run(python, [Self.root.appending(path: "script/lib/scan.py").path, "template", path])
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func `cfn-lint and checkov find nothing`() throws {
    #expect(try run(Self.root.appending(path: ".venv/bin/cfn-lint").path, [Self.template]).isEmpty)
    #expect(scan(Self.template) == "")
  }

  @Test func `checkov finds a template that is made wrong`() throws {
    let folder = try ScratchFolder()
    let text = try String(contentsOfFile: Self.template, encoding: .utf8)
      .replacing("ViewerProtocolPolicy: redirect-to-https", with: "ViewerProtocolPolicy: allow-all")
      .replacing("TLSv1.2_2021", with: "TLSv1")
    try text.write(toFile: folder.file("wrong.yaml"), atomically: true, encoding: .utf8)
    let said = scan(folder.file("wrong.yaml"))
    #expect(said.contains("CKV_AWS_34") && said.contains("CKV_AWS_174"), "\(said)")
  }

  @Test func `paths, cookies and the secret header are those of the code and of nginx`() throws {
    let resources = try resources()
    let settings = try #require(resources["Distribution"]?["DistributionConfig"] as? [String: Any])
    let behaviors = try #require(settings["CacheBehaviors"] as? [[String: Any]])
    let paths = behaviors.compactMap { $0["PathPattern"] as? String }
    #expect(Set(paths) == Set(Visibility.allCases.map { "/\($0.pathPrefix)/*" }))
    for behavior in behaviors {
      let isPublic = behavior["PathPattern"] as? String == "/\(Visibility.public.pathPrefix)/*"
      #expect((behavior["TrustedKeyGroups"] == nil) == isPublic)
      #expect(behavior["TargetOriginId"] as? String == (isPublic ? "renderings-or-nginx" : "nginx"))
      #expect((behavior["OriginRequestPolicyId"] == nil) == isPublic)
    }
    let forwarded = resources["CookiesToOrigin"]?["OriginRequestPolicyConfig"] as? [String: Any]
    let cookies = (forwarded?["CookiesConfig"] as? [String: Any])?["Cookies"] as? [String]
    let guardFile = Self.root.appending(path: "nginx/http/guard.conf")
    let read = try String(contentsOf: guardFile, encoding: .utf8).matches(
      of: /\(\?:\^\|;\\s\*\)(CloudFront-[A-Za-z-]+)=/
    )
    #expect(Set(cookies ?? []) == Set(read.map { String($0.1) }) && cookies?.count == 5)
    let text = try String(contentsOfFile: Self.template, encoding: .utf8)
    let secrets = try String(contentsOf: Self.root.appending(path: "nginx/http/cdn.conf"), encoding: .utf8)
    let header = try #require(text.firstMatch(of: /HeaderName: (\S+)/)).1
    #expect(secrets.contains("$http_" + header.lowercased().replacing("-", with: "_")))
  }

  @Test func `errors are not kept, and 403 and 404 of the bucket are asked of nginx`() throws {
    let settings = try #require(try resources()["Distribution"]?["DistributionConfig"] as? [String: Any])
    let errors = try #require(settings["CustomErrorResponses"] as? [[String: Int]])
    for code in [403, 404] { #expect(errors.contains(["ErrorCode": code, "ErrorCachingMinTTL": 0])) }
    let groups = try #require(settings["OriginGroups"] as? [String: Any])
    let group = try #require((groups["Items"] as? [[String: Any]])?.first)
    let codes = ((group["FailoverCriteria"] as? [String: Any])?["StatusCodes"] as? [String: Any])?["Items"] as? [Int]
    #expect(codes == [403, 404])
    #expect(settings["HttpVersion"] as? String == "http2and3")
  }

  @Test func `no cookie and no query is in a cache key`() throws {
    let resources = try resources()
    for name in ["PublicCache", "GuardedCache"] {
      let policy = try #require(resources[name]?["CachePolicyConfig"] as? [String: Any])
      let key = try #require(policy["ParametersInCacheKeyAndForwardedToOrigin"] as? [String: Any])
      for (part, member) in [("Cookies", "Cookie"), ("Headers", "Header"), ("QueryStrings", "QueryString")] {
        #expect((key["\(part)Config"] as? [String: String]) == ["\(member)Behavior": "none"], "\(name)")
      }
    }
  }

  @Test func `the bucket's policy lets the distribution read public renderings alone, by the form of their keys`()
    throws
  {
    let file = Self.root.appending(path: "conf/buckets/processed/policy.json")
    let policy = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let statements = try #require(policy["Statement"] as? [[String: Any]])
    let statement = try #require(statements.first { $0["Sid"] as? String == "StowageCloudFront" })
    let resource = try #require(statement["Resource"] as? String)
    #expect(resource == "arn:${partition}:s3:::${bucket}/\(RenderingPlace.open.rawValue)/*/*/*/*")
    #expect(statement["Action"] as? String == "s3:GetObject")
    let condition = statement["Condition"] as? [String: [String: [String]]]
    #expect(condition == ["StringEquals": ["AWS:SourceArn": ["${distributions}"]]])
  }
}
