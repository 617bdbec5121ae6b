import ArgumentParser
import Assembly
import Core
import Database
import Foundation
import Migration
import Operations
import S3

extension Migrate {
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compares the folder or source bucket, the ledger, the database and the bucket.",
      discussion: """
        One line for each difference: a sign, a space, the path, and behind a tab the explanation. The signs are those of \
        rclone check: - missing in the bucket or the database, + only in the bucket, * different, ! not comparable, and \
        with --all also = same.

        Without options, equal length and time of change prove a file of the disk, and the bucket proves an object by its \
        entity tag in the list or by the store's SHA-256 checksum. --checksum hashes the disk's files, --read-back the \
        bucket's bytes.

        The list of a source bucket (s3://…) is compared by length and time. An object whose entity tag differs from that of \
        its copy, though neither was sent in parts, is read and hashed; --checksum reads all.

        A file whose object is missing or has other bytes is sent again by the next `stowage migrate run`.

        Exit status: 0 no difference; 1 a difference, an error, or a file that nothing proves without --read-back; 64 wrong \
        usage; 74 the output cannot be written; 78 the configuration is not usable; 130 stopped by Ctrl-C or SIGTERM.

        Examples:
          stowage migrate verify /uploads
          stowage migrate verify /uploads --sample 5%
          stowage migrate verify /uploads --checksum --read-back
          stowage migrate verify /uploads --report report.json --sign key.pem
          stowage migrate verify /uploads --without-folder
          stowage migrate verify s3://old-uploads --source-url https://s3.example.com
          stowage migrate verify /uploads | grep '^[-*]' | cut -f1 | cut -c3-
        """
    )

    @OptionGroup var place: LedgerOptions

    @OptionGroup var source: SourceOptions

    @Flag(help: "Hashes every file of the disk, or of the source bucket.")
    var checksum = false

    @Flag(help: "Reads every object back and hashes it.")
    var readBack = false

    @Option(
      help: ArgumentHelp("Reads a random part of the objects back, such as 5%.", valueName: "part"),
      transform: percentage
    )
    var sample: Double?

    @Option(help: ArgumentHelp("The number of files at a time, 1 to 256.", valueName: "number"))
    var parallel = SenderPool.usualThreads

    @Option(
      help: ArgumentHelp(
        "The most bytes per second from the bucket, such as 50MB/s. Default: no limit.",
        valueName: "rate"
      ),
      transform: rateLimit
    )
    var bandwidth: BandwidthLimiter?

    @Option(
      help: ArgumentHelp("Writes a report to this file as JSON, and as a page of text to FILE.txt.", valueName: "file")
    )
    var report: String?

    @Option(
      help: ArgumentHelp(
        "Signs the report with this Ed25519 private key (PEM); the signature is in FILE.sig.",
        valueName: "key file"
      )
    )
    var sign: String?

    @Flag(help: "Compares ledger, database and bucket, if the folder is gone; nothing is said about the disk.")
    var withoutFolder = false

    @Flag(help: "Lists only the objects of users whom the tree has, for a small tree in a large bucket.")
    var treeUsers = false

    @Flag(help: "Prints a line for equal files too.")
    var all = false

    @Flag(help: "Prints one JSON object per line, for programs.")
    var json = false

    func validate() throws {
      guard (1...256).contains(parallel) else { throw ValidationError("--parallel: 1 to 256") }
      guard !readBack || sample == nil else { throw ValidationError("--read-back or --sample, not both") }
      guard sign == nil || report != nil else { throw ValidationError("--sign needs --report") }
      guard !withoutFolder || !place.isBucket else { throw ValidationError("--without-folder: the source is a bucket") }
      guard !withoutFolder || !checksum else { throw ValidationError("--checksum needs the folder") }
    }

    func run() throws {
      let app = Application.startCommand("stowage")
      let signals = SignalTrap()
      var outcome = VerifyOutcome()
      try orExplain {
        // A key that does not fit is noticed before hours of work.
        let signer = try sign.map(ReportFile.signingKey)
        if let report { try ReportFile.requirePlace(report) }
        let migration = try open(app)
        if let report { try migration.root?.requireOutside(report) }
        try requireBucket(app)
        let number = try migration.ledger.beginRun(
          "verify",
          options: JSONLine.encode(Array(CommandLine.arguments.dropFirst())),
          at: .now
        )
        var facts = ReportFacts(arguments: Array(CommandLine.arguments.dropFirst()))
        let verification = try verification(migration, app)
        outcome = try compare(verification, migration, number, signals, &facts)
        facts.endedAt = .now
        try migration.ledger.endRun(number, outcome: outcome.isStopped ? "stopped" : "done", at: facts.endedAt)
        let seconds = facts.endedAt.timeIntervalSince(facts.startedAt)
        print(json ? try JSONLine.encode(outcome) : outcome.words(seconds: seconds))
        if let report, !outcome.isStopped {
          try ReportFile.write(verification.report(outcome, facts), to: report, signer: signer)
          if !json { print("report: \(report), \(report).txt\(signer == nil ? "" : ", signature: \(report).sig")") }
        }
      }
      if signals.isTriggered { throw Terminal.stopped("nothing is said about the files that were not compared.") }
      if outcome.differences > 0 || (sample == nil && outcome.unproven.files > 0) { throw ExitCode.failure }
    }

    private func open(_ app: Application) throws -> OpenMigration {
      do {
        if withoutFolder { return try OpenMigration(withoutFolder: place, app) }
        guard place.isBucket else { return try OpenMigration(place, app) }
        return try OpenMigration(place, app, of: source.source(place.folder, app, connections: parallel))
      } catch TreeError.noFolder(let path) {
        Terminal.complain(
          "There is no folder \(path). If its disk is gone, --without-folder compares ledger, database and bucket."
        )
        throw ExitCode.failure
      }
    }

    private func verification(_ migration: OpenMigration, _ app: Application) throws -> Verification {
      var settings = VerifySettings(threads: parallel)
      settings.readBack = readBack ? .whole : sample.map { .sample($0) } ?? .none
      settings.hashesDisk = checksum
      settings.listsTreeUsers = treeUsers
      settings.bandwidth = bandwidth
      settings.report = { Terminal.complain($0.words) }
      return Verification(
        migration.source,
        ledger: migration.ledger,
        database: try app.database,
        store: try app.store.forSending(connections: parallel),
        bucket: app.settings.buckets.raw,
        settings: settings
      )
    }

    private func compare(
      _ verification: Verification,
      _ migration: OpenMigration,
      _ number: Int64,
      _ signals: SignalTrap,
      _ facts: inout ReportFacts
    ) throws -> VerifyOutcome {
      let totals = try migration.ledger.totals()
      let total = [.received, .verified].compactMap { totals[$0] }.reduce(into: LedgerTotal()) {
        $0.files += $1.files
        $0.bytes += $1.bytes
      }
      let watch = RunWatch(signals: signals, json: json, stop: { verification.stop() }) {
        switch verification.stage {
        case .walking(let count): "looking: \(Wording.number(count, "file"))"
        case .comparing(let progress): RunWatch.text(progress, of: total)
        }
      }
      defer { watch.end() }
      return try verification.run(number) { line in
        facts.keep(line)
        guard all || line.sign != .same else { return }
        RunWatch.say(json ? try JSONLine.encode(line) : line.text)
      }
    }
  }
}

extension VerifyOutcome {
  /// The result as text for a terminal.
  func words(seconds: Double) -> String {
    func amount(_ total: LedgerTotal) -> String {
      "\(Wording.number(total.files, "file")), \(Wording.bytes(total.bytes))"
    }
    var lines = ["same: \(amount(same))"]
    let names: [(ProofMeans, String)] = [
      (.list, "by the list's entity tags"), (.checksum, "by the store's checksums"), (.readBack, "read back"),
    ]
    for (means, name) in names {
      if let total = self.means[means.rawValue] { lines.append("  \(name): \(amount(total))") }
    }
    if hashed.files > 0 { lines.append("hashed on the disk: \(amount(hashed))") }
    if isFolderMissing {
      lines.append("not compared with the disk, since the folder is gone: \(amount(withoutFolder))")
    }
    if removed > 0 { lines.append("removed from the disk by prune: \(Wording.number(removed, "file"))") }
    if deleted > 0 { lines.append("deleted in Stowage: \(Wording.number(deleted, "file"))") }
    if unproven.files > 0 {
      lines.append("not proven: \(amount(unproven)); the store keeps no checksum of them, --read-back reads them")
    }
    lines.append(
      "differences: \(missing) missing (-), \(extra) only in the bucket (+), \(different) different (*),"
        + " \(errors) not comparable (!)"
    )
    lines.append(
      "looked at \(amount(disk)) in the source and \(Wording.number(objects.files, "object version")) in the bucket, in "
        + Wording.duration(seconds)
    )
    if let listedUsers {
      lines.append(
        "in the bucket, only objects of the tree's \(Wording.number(listedUsers, "user")) were listed"
      )
    }
    if lost.files > 0 {
      lines.append("lost by the bucket: \(amount(lost)); the next run sends those again that the disk has")
    }
    return lines.joined(separator: "\n")
  }
}
