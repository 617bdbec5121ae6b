import Glibc

/// The machine that this process runs on.
public enum Node {
  /// The host name, without a question to a name server; `unknown` if the system does not say it.
  public static let name: String = {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
    let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return name.isEmpty ? "unknown" : name
  }()
}
