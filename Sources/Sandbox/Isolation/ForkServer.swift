internal import CFork
internal import Core
internal import Glibc

/// The decoder that has loaded its libraries and forks a child for each file.
///
/// The server reads one byte and a descriptor for each child, and never a byte of a file.
public enum ForkServer {
  /// The number of threads of this process; nil if /proc does not tell.
  ///
  /// A child has the forking thread alone. Other threads would be gone in it, with the locks that they hold.
  public static var threads: Int? {
    guard let folder = opendir("/proc/self/task") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) {
      if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
    }
    return count
  }

  /// Forks a child for each socket that the parent sends, and returns in each child, whose only socket is then that one.
  ///
  /// Each child is answered with its process ID. It is a child of the parent, which waits for it. If the parent ends, the
  /// server ends its children and itself.
  public static func serve() {
    let control = DecoderProtocol.descriptor
    while true {
      let socket = receive_descriptor(control)
      if socket == -1 { kill(0, SIGKILL) }
      guard socket >= 0 else { _exit(76) }
      let child = fork_sibling()
      if child == 0 {
        // From here on, the parent's socket to the server is closed in the child.
        guard dup2(socket, control) == control, close(socket) == 0 else { _exit(71) }
        return
      }
      close(socket)
      answer(child, on: control)
    }
  }

  private static func answer(_ child: Int32, on control: Int32) {
    let frame = DecoderProtocol.prefix(length: 4) + DecoderProtocol.prefix(length: Int(UInt32(bitPattern: child)))
    guard Glibc.write(control, frame, frame.count) == frame.count else { _exit(74) }
  }
}
