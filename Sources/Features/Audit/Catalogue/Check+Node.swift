extension Check {
  static let processUser = Check(
    "process.user",
    .high,
    "No process of Stowage runs as root.",
    why: "A hole in a process would then be a hole in the machine.",
    mend: "Start the processes as the user stowage (systemd: User=stowage).",
    mappings: ["ASVS-5.0:13.2.2"]
  )
  static let socketMode = Check(
    "process.socket-mode",
    .high,
    "Only Stowage and nginx can write to the processes' sockets.",
    why: "A program that can write there says everything that nginx may say, such as who the user is.",
    mend: "Set STOWAGE_SOCKET_MODE=0660 and the group of nginx's workers; chmod o-rwx on the folder.",
    mappings: ["ASVS-5.0:13.2.2"]
  )
  static let databaseMode = Check(
    "database.mode",
    .high,
    "The database is not readable or writable for others.",
    why: "It has the names of all users and files; whoever writes can change owners and quotas.",
    mend: "chmod 0640 on the file, and 0750 on its folder.",
    mappings: ["ASVS-5.0:13.2.2"]
  )
  static let scannerOff = Check(
    "scanner.off",
    .critical,
    "Uploads are scanned for malware.",
    why: "With no scanner every file counts as clean.",
    mend: "Set STOWAGE_SCANNER=clamd and install clamav-daemon.",
    mappings: ["ASVS-5.0:5.4.3"]
  )
  static let scannerOfficial = Check(
    "scanner.detects",
    .high,
    "The scanner has ClamAV's official signatures, and finds the EICAR test file.",
    why: "A scanner without signatures answers OK to everything.",
    mend: "Run freshclam, and let clamd's DatabaseDirectory be its folder.",
    mappings: ["ASVS-5.0:5.4.3"]
  )
  static let scannerAge = Check(
    "scanner.signatures-age",
    .high,
    "The scanner's signatures are at most 7 days old.",
    why: "New malware spreads within days.",
    mend: "Start clamav-freshclam, and look into its log.",
    mappings: ["ASVS-5.0:5.4.3"]
  )

  static let node: [Check] = [processUser, socketMode, databaseMode, scannerOff, scannerOfficial, scannerAge]

  static let environment = Check(
    "settings.environment",
    .high,
    "The environment is production.",
    why: "In development `stowage token` makes tokens for everybody, and limits are lower.",
    mend: "Set STOWAGE_ENVIRONMENT=production.",
    mappings: ["ASVS-5.0:13.4.2"]
  )
  static let logLevel = Check(
    "settings.log-level",
    .low,
    "The log level is info or higher.",
    why: "Logs for debugging say more about users than operating needs.",
    mend: "Set STOWAGE_LOG_LEVEL=info.",
    mappings: ["ASVS-5.0:13.4.2", "ASVS-5.0:16.2.5"]
  )
  static let oldFolder = Check(
    "settings.old-folder",
    .medium,
    "No file comes unscanned from the folder of a migration.",
    why: "Files of STOWAGE_OLD_URLS_FOLDER are sent without a scan.",
    mend: "Set STOWAGE_OLD_URLS_FOLDER=none once the migration is complete.",
    mappings: ["ASVS-5.0:5.4.3"]
  )
  static let activeContent = Check(
    "settings.active-content",
    .low,
    "Documents with active content are refused.",
    why: "A script in a document runs in the viewer of the person who opens it.",
    mend: "Set STOWAGE_UPLOAD_ACTIVE_CONTENT=refuse.",
    mappings: ["ASVS-5.0:5.2.2"]
  )

  static let settings: [Check] = [environment, logLevel, oldFolder, activeContent]
}
