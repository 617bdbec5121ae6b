internal import Core
internal import Database

/// Finds the place of each new or changed file in Stowage, with the findings about the file.
struct Assigner {
  let settings: PlanSettings

  func assignment(of sighting: LedgerSighting) -> LedgerAssignment {
    let path = sighting.path
    let folded = FoldedPath.hash(path)
    func stays(_ code: FindingCode, _ detail: String = "") -> LedgerAssignment {
      LedgerAssignment(
        folded: folded,
        target: nil,
        reason: code.reason,
        findings: [LedgerFinding(code: code.rawValue, path: path, detail: detail, isLasting: false)]
      )
    }
    switch settings.owner.owner(of: path) {
    case .noFolder: return stays(.noUserFolder)
    case .noUser(let folder): return stays(.notAUser, printable(folder))
    case .user(let user, let below):
      guard sighting.facts.size <= settings.maximumFileSize else {
        return stays(.tooLarge, Wording.bytes(sighting.facts.size))
      }
      let file = settings.makeFileID()
      let key = MigrationKey(user: user, file: file, path: below, rules: settings.keys)
      var findings: [LedgerFinding] = []
      func note(_ code: FindingCode, _ detail: String = "") {
        findings.append(LedgerFinding(code: code.rawValue, path: path, detail: detail, isLasting: true))
      }
      if let obstacle = key.obstacle { note(FindingCode(obstacle)) }
      let name = MigratedName(path: path)
      if name.isReplaced { note(.nameReplaced, name.name.description) }
      let target = LedgerAssignment.Target(
        file: file,
        user: user,
        key: key.text,
        opaqueKey: MigrationKey.opaque(user, file),
        takenCode: FindingCode.keyTaken.rawValue
      )
      return LedgerAssignment(folded: folded, target: target, findings: findings)
    }
  }
}

/// Returns the bytes of a path as one line of text that cannot control a terminal.
public func printable(_ path: [UInt8]) -> String { Wording.printable(String(decoding: path, as: UTF8.self)) }
