import Core
import Glibc

extension Doctor {
  /// Checks the folder from which files come that the bucket does not have yet; no finding without such a folder.
  func oldFolder() -> [Finding] {
    guard let folder = patient.settings.oldURLs.folder else { return [] }
    // The dot needs the right to enter the folder, beside the right to read it.
    let descriptor = open(folder + "/.", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      return [
        .bad(
          "old urls",
          "\(folder): \(String(cString: strerror(errno)))",
          "Mount it, and let files and nginx's workers read it; or set STOWAGE_OLD_URLS_FOLDER=none."
        )
      ]
    }
    close(descriptor)
    return [
      .warning(
        "old urls",
        "owners get files from \(folder) that are not scanned",
        "Set STOWAGE_OLD_URLS_FOLDER=none once the migration is complete."
      )
    ]
  }
}
