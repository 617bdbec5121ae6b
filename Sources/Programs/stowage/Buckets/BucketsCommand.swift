import ArgumentParser
import Assembly
import Buckets
import Core
import Foundation
import S3

struct BucketsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "buckets",
    abstract: "Creates the four buckets, and keeps their rules as the documents say.",
    discussion: """
      The documents are the files <folder>/<bucket>/<kind>.json, in the form that the AWS CLI takes. The folder is that of \
      STOWAGE_BUCKET_DOCUMENTS; the buckets are raw, processed, backups and logs. A README.md in each says why.

      Signs: + a rule that comes, - one that goes, ~ one that changes, ? one of somebody else that stays, = a document \
      that the bucket obeys, · something that the store cannot do, ! a failure.

      STOWAGE_STORE_CAPABILITIES names a file that `stowage doctor --store --json` wrote. What the store cannot do by that \
      file is not sent, and is one line.
      """,
    subcommands: [Plan.self, Apply.self, Audit.self, Pull.self]
  )

  struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows what `apply` would change.",
      discussion: "Example: stowage buckets plan raw"
    )
    @OptionGroup var choice: BucketChoice
    @Flag(help: "Shows also the rules of others as going.")
    var prune = false

    func run() throws {
      try orExplain {
        let report = try choice.run(.plan, isPruning: prune)
        if report.differences == 0, report.failures == 0 { print("nothing to change") }
        if report.failures > 0 { throw ExitCode.failure }
      }
    }
  }

  struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Creates missing buckets, and makes all obey; safe to repeat.",
      discussion: """
        Each document is compared first, and sent only if the bucket differs. Afterwards the rule is read back: a rule \
        that the store dropped is named, and the exit status is 1. Rules of others stay.

        Something that the store does not offer is one line. On a store without versions, Stowage keeps a copy of each \
        checked upload instead.

        Example: stowage buckets apply
        """
    )
    @OptionGroup var choice: BucketChoice
    @Flag(help: "Removes the rules of others, after a question.")
    var prune = false
    @Flag(name: [.short, .long], help: "Asks no question.")
    var yes = false

    func run() throws {
      try orExplain {
        if prune, !yes {
          guard Terminal.canAsk else { throw ValidationError("--prune asks; give --yes if nobody can answer") }
          _ = try choice.run(.plan, isPruning: true)
          guard Terminal.confirms("Remove the rules marked - from the buckets?") else { throw ExitCode.failure }
        }
        if try choice.run(.apply, isPruning: prune).failures > 0 { throw ExitCode.failure }
      }
    }
  }

  struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compares the live buckets with the documents; exit status 1 if one differs.",
      discussion: "Example: stowage buckets audit"
    )
    @OptionGroup var choice: BucketChoice

    func run() throws {
      try orExplain {
        let report = try choice.run(.audit, isPruning: false)
        if report.differences > 0 || report.failures > 0 { throw ExitCode.failure }
      }
    }
  }

  struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the rules of live buckets as documents.",
      discussion: """
        The files have the names and values of the live bucket, and no ${…}.

        Example: stowage buckets pull raw --to /tmp/buckets
        """
    )
    @Argument(help: "raw, processed, backups or logs; without one, all.", transform: bucketRole)
    var buckets: [BucketRole] = []
    @Option(help: "The folder for the documents; files in it stay unless --replace is given.")
    var to: String
    @Flag(help: "Replaces files that exist.")
    var replace = false

    func run() throws {
      let app = Application.startCommand("stowage")
      try orExplain {
        let rules = BucketRules(store: try app.store, settings: app.settings)
        for role in buckets.isEmpty ? BucketRole.allCases : buckets {
          let documents = try rules.pull(role.name(in: app.settings.buckets))
          let folder = URL(fileURLWithPath: to).appendingPathComponent(role.rawValue)
          try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
          for (kind, document) in documents.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let file = folder.appendingPathComponent("\(kind.rawValue).json")
            guard replace || !FileManager.default.fileExists(atPath: file.path) else {
              throw ValidationError("\(file.path) exists; --replace replaces it")
            }
            try Data((document.json(isIndented: true) + "\n").utf8).write(to: file, options: [.atomic])
            print(file.path)
          }
        }
      }
    }
  }
}

private func bucketRole(_ text: String) throws -> BucketRole {
  guard let role = BucketRole(rawValue: text) else {
    throw ValidationError("'\(text)' is no bucket; expected raw, processed, backups or logs")
  }
  return role
}

/// The buckets of a command, and the folder of their documents.
struct BucketChoice: ParsableArguments {
  @Argument(help: "raw, processed, backups or logs; without one, all.", transform: bucketRole)
  var buckets: [BucketRole] = []
  @Option(help: "The folder of the documents; default: STOWAGE_BUCKET_DOCUMENTS.")
  var documents: String?

  /// Compares or applies the documents, and prints a line for each result.
  func run(_ purpose: BucketRules.Purpose, isPruning: Bool) throws -> BucketReport {
    let app = Application.startCommand("stowage")
    let roles = buckets.isEmpty ? BucketRole.allCases : buckets
    let documents = try DocumentFolder(documents, settings: app.settings).read(roles)
    let capabilities = try StoreCapabilities.read(app.settings.store)
    let rules = BucketRules(store: try app.store, settings: app.settings, capabilities: capabilities)
    return try rules.run(purpose, documents, isPruning: isPruning) { line in
      let words = [line.sign.rawValue, line.bucket, line.kind?.rawValue ?? "", line.rule, line.text]
      print(Wording.printable(words.filter { !$0.isEmpty }.joined(separator: " ")))
    }
  }
}
