internal import Glibc

/// How folders and files of a tree are opened: never through a symbolic link, and without a change of access times.
enum OpenFlags {
  /// Does not change the time of access; only the owner of a file and root may ask for it.
  ///
  /// Swift's Glibc module does not export the constant. Source: asm-generic/fcntl.h
  private static let noAccessTime: Int32 = 0o1_000_000
  /// Opens a place in the file system without reading it. Source: asm-generic/fcntl.h
  private static let placeOnly: Int32 = 0o10_000_000

  /// Opens a folder for reading its entries.
  static let folder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
  /// Opens a file for reading; a named pipe that took its name does not block the call.
  static let file = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
  /// Opens a folder on the way to a file.
  static let way = placeOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

  /// Opens `name` in the folder `descriptor` without a change of its access time, if the system permits this.
  static func open(_ name: UnsafePointer<CChar>, in descriptor: Int32, _ flags: Int32) -> Int32 {
    let quiet = openat(descriptor, name, flags | noAccessTime)
    return quiet < 0 && errno == EPERM ? openat(descriptor, name, flags) : quiet
  }
}

/// Returns the system's message for an error number.
func message(_ code: Int32) -> String { String(cString: strerror(code)) }
