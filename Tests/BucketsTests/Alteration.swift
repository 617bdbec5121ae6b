import S3

/// Documents that differ from another one in one rule each.
enum Alteration {
  /// Returns for each rule of a document a name and the document with this rule altered.
  static func all(_ kind: DocumentKind, _ document: JSONValue) -> [(name: String, document: JSONValue)] {
    switch kind {
    case .lifecycle: rules(document, "Rules", "ID", lifecycle)
    case .cors:
      rules(document, "CORSRules", "ID") {
        var rule = $0; rule["MaxAgeSeconds"] = .number(77); return rule
      }
    case .policy:
      rules(document, "Statement", "Sid") {
        var rule = $0; rule["Action"] = .text("s3:GetObject"); return rule
      }
    case .publicAccessBlock:
      document.members.keys.sorted().map { name in
        var changed = document
        changed[name] = .flag(false)
        return (name, changed)
      }
    case .ownership:
      [("ObjectOwnership", .object(["Rules": .array([.object(["ObjectOwnership": .text("ObjectWriter")])])]))]
    case .encryption:
      [
        (
          "ApplyServerSideEncryptionByDefault",
          .object([
            "Rules": .array([
              .object([
                "ApplyServerSideEncryptionByDefault": .object(["SSEAlgorithm": .text("aws:kms")])
              ])
            ])
          ])
        )
      ]
    case .logging:
      document["LoggingEnabled"].map { target in
        var target = target
        target["TargetPrefix"] = .text("elsewhere/")
        return [("LoggingEnabled", .object(["LoggingEnabled": target]))]
      } ?? []
    case .versioning, .notification: []
    }
  }

  private static func rules(
    _ document: JSONValue,
    _ list: String,
    _ id: String,
    _ alter: (JSONValue) -> JSONValue
  ) -> [(String, JSONValue)] {
    let rules = document[list]?.items ?? []
    return rules.indices.map { index in
      var changed = rules
      changed[index] = alter(rules[index])
      var result = document
      result[list] = .array(changed)
      return (rules[index][id]?.string ?? "", result)
    }
  }

  private static func lifecycle(_ rule: JSONValue) -> JSONValue {
    var rule = rule
    if rule["Transitions"] != nil {
      rule["Transitions"] = .array([.object(["Days": .number(45), "StorageClass": .text("STANDARD_IA")])])
    } else if rule["Expiration"]?["Days"] != nil {
      rule["Expiration"] = .object(["Days": .number(99)])
    } else if rule["NoncurrentVersionExpiration"] != nil {
      rule["NoncurrentVersionExpiration"] = .object(["NoncurrentDays": .number(3)])
    } else {
      rule["Status"] = .text("Disabled")
    }
    return rule
  }
}
