internal import Glibc

extension Registry {
  /// Adds the process metrics of the operating system, under the names of Prometheus' client libraries.
  ///
  /// Source: <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>
  public func addProcess() {
    reading("process_resident_memory_bytes", "Resident memory size in bytes.") {
      ProcessStatistics.residentPages.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
    }
    reading("process_open_fds", "Number of open file descriptors.") { ProcessStatistics.openDescriptors }
    reading("process_max_fds", "Maximum number of open file descriptors.") { ProcessStatistics.maximumDescriptors }
    reading("process_threads", "Number of threads of the process.") { ProcessStatistics.field(20) }
    reading("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", growsOnly: true) {
      guard let user = ProcessStatistics.field(14), let system = ProcessStatistics.field(15) else { return nil }
      return (user + system) / ProcessStatistics.ticksPerSecond
    }
    reading("process_start_time_seconds", "Start time of the process since unix epoch in seconds.") {
      guard let boot = ProcessStatistics.bootTime, let start = ProcessStatistics.field(22) else { return nil }
      return boot + start / ProcessStatistics.ticksPerSecond
    }
  }
}

/// The process statistics of /proc.
///
/// Source: <https://man7.org/linux/man-pages/man5/proc.5.html>
private enum ProcessStatistics {
  static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

  static var residentPages: Double? {
    text("/proc/self/statm").flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Double($0) }
  }

  /// Returns a field of /proc/self/stat by its number in proc(5), from 3 on.
  ///
  /// The search starts after the last parenthesis, since the process name in field 2 can contain any character.
  static func field(_ number: Int) -> Double? {
    guard let text = text("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: end)...].split(separator: " ").dropFirst(number - 3).first.flatMap { Double($0) }
  }

  static var bootTime: Double? {
    text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
  }

  static var openDescriptors: Double? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Three entries are not counted: `.`, `..` and the descriptor of the directory.
    return Double(count - 3)
  }

  static var maximumDescriptors: Double? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return Double(limit.rlim_cur)
  }

  private static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count <= 0 { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
      bytes += buffer[..<count]
    }
  }
}
