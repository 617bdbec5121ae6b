//  worker: checks uploaded files, publishes them, and sweeps.
//
//  Takes jobs from the database: downloads the pinned version of the object once, checks it against the claim, scans it
//  for malware, renders variants, publishes them and commits the result. Every STOWAGE_SWEEP_SECONDS the worker looks
//  for uploads without an event. One thread changes the tags of the files of users whose plan changed. One thread collects usage once a day, with STOWAGE_USAGE=daily. Any number of workers may run, on any nodes. On SIGTERM and SIGINT a worker finishes
//  its current jobs and stops. After a worker was killed, another one takes over its jobs when their leases expire.
//
//  Serves /health/live, /health/ready and /metrics at {STOWAGE_SOCKET_DIRECTORY}/worker.{pid}.sock, and at worker.sock
//  for the worker that started last on its node; nginx/sites/monitor.conf forwards to it, on a loopback address only.

import Assembly
import Core
import Database
import Endpoint
import Foundation
import Glibc
import Logging
import Processing

@main
enum Worker {
  /// How long the work on tags waits after several failures of the store, in seconds.
  private static let troubleSeconds: TimeInterval = 30

  /// How long the thread for usage waits between two looks whether a collection is due, in seconds.
  private static let usageSeconds: TimeInterval = 60

  private static let help = """
    worker: judges uploads, renders images and sweeps.

    Any number of workers may run, on any nodes. Settings come from the file that STOWAGE_CONFIG names and from the
    environment; conf/stowage.env explains each. SIGTERM ends the worker after the jobs that it has.

    Usage: worker

      --version  prints the version
      --help     prints this help

    Example: STOWAGE_CONFIG=/etc/stowage/stowage.env worker
    """

  static func main() {
    LaunchAnswer(to: Array(CommandLine.arguments.dropFirst()), of: "worker", help: help)?.printAndExit()
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)

    let app = Application.start("worker")
    do throws(StorageError) {
      let lock = try WorkerLock(directory: app.settings.endpoint.socketDirectory)
      defer { withExtendedLifetime(lock) {} }
      let pool = try WorkerPool(app)
      let monitor = try MonitorServer(app, process: "worker", checks: readinessChecks(of: app))
      let recorder = TrafficRecorder.start(of: app)
      pool.start()
      app.log.notice("working", metadata: ["threads": .stringConvertible(app.settings.worker.threads)])
      var signal: Int32 = 0
      sigwait(&signals, &signal)
      pool.stop()
      monitor.stop()
      recorder.stop()
      app.log.notice("stopped")
    } catch {
      app.exit(because: error)
    }
  }

  private static func readinessChecks(of app: Application) -> [ReadinessCheck] {
    [
      .database(of: app), .store(of: app, bucket: app.settings.buckets.raw), .scanner(of: app), .decoder(of: app),
    ] + ReadinessCheck.credentials(of: app)
  }

  /// The threads of one worker.
  private final class WorkerPool: Sendable {
    private let app: Application
    private let processor: Processor
    private let sweeper: Sweeper
    private let retagging: Retagging
    private let daily: DailyWork
    private let usage: UsageCollecting
    private let report: JobReport
    private let reports: WorkReports
    private let metrics: WorkerMetrics
    private let storage: StorageMetrics
    private let lookout: Lookout
    private let group = DispatchGroup()

    init(_ app: Application) throws(StorageError) {
      self.app = app
      metrics = WorkerMetrics(app.metrics, database: try app.database)
      storage = StorageMetrics(app.metrics, app.settings, database: try app.database)
      var dependencies = try app.processing()
      dependencies.tagReport = TagReport(app).tell
      processor = Processor(dependencies)
      retagging = Retagging(dependencies)
      sweeper = Sweeper(database: try app.database, store: try app.store, bucket: app.settings.buckets.raw)
      usage = try UsageCollecting(app)
      reports = WorkReports(try app.database)
      daily = try DailyWork(app, reports)
      report = JobReport(app)
      lookout = Lookout(try app.database.changeWatch())
    }

    func start() {
      for number in 1...app.settings.worker.threads { thread("jobs-\(number)") { self.work() } }
      thread("sweep") { self.sweep() }
      thread("tags") { self.retag() }
      if app.settings.usage.isDaily { thread("usage") { self.collectUsage() } }
    }

    func stop() {
      lookout.stop()
      group.wait()
    }

    private func isGoingOn() -> Bool { lookout.isGoingOn }

    private func thread(_ name: String, _ body: @escaping @Sendable () -> Void) {
      group.enter()
      let thread = Thread { [group] in
        body()
        group.leave()
      }
      thread.name = name
      thread.start()
    }

    private func work() {
      var post = Lookout.Post()
      while isGoingOn() {
        let start = Date.now
        do throws(StorageError) {
          guard let (job, outcome) = try processor.next(at: start, begin: { lookout.leave(&post) }) else {
            lookout.wait(&post, nextJobIn: try app.database.nextJobDue()?.timeIntervalSince(start))
            continue
          }
          report.tell(job.kind, of: job.file, outcome, since: start)
        } catch {
          app.log.error("database out of reach", metadata: ["detail": .string("\(error)")])
          lookout.pause(seconds: 1)
        }
      }
      lookout.leave(&post)
    }

    private func sweep() {
      var due = Date.now
      var next = Sweeper.Continuation()
      while isGoingOn() {
        if Date.now < due {
          lookout.pause(seconds: due.timeIntervalSinceNow)
          continue
        }
        due = .now + TimeInterval(app.settings.worker.sweepSeconds)
        do throws(StorageError) {
          let sweep = try sweeper.sweep(at: .now, from: next, while: isGoingOn)
          next = sweep.next
          metrics.count(sweep, at: .now)
          try reports.tell(sweep, at: .now)
          try reports.takeCensus(at: .now)
          try daily.go(at: .now, while: isGoingOn)
          try storage.refresh(at: .now)
          guard !sweep.isEmpty else { continue }
          app.log.info(
            "sweep",
            metadata: [
              "found": .stringConvertible(sweep.found), "overwritten": .stringConvertible(sweep.overwritten),
              "expired": .stringConvertible(sweep.expired), "aborted": .stringConvertible(sweep.aborted),
              "purged": .stringConvertible(sweep.purged),
            ]
          )
        } catch {
          metrics.countFailedSweep()
          try? reports.tellFailedSweep(error, at: .now)
          app.log.error("sweep cut short", metadata: ["detail": .string("\(error)")])
        }
      }
    }

    private func collectUsage() {
      while isGoingOn() {
        usage.go { self.isGoingOn() }
        lookout.pause(seconds: Worker.usageSeconds)
      }
    }

    private func retag() {
      while isGoingOn() {
        do throws(StorageError) {
          guard let turn = try retagging.turn(at: .now, while: { self.isGoingOn() }) else {
            lookout.pause(seconds: 1)
            continue
          }
          if let obstacle = turn.obstacle {
            app.log.error(
              "tags not changed",
              metadata: ["user": .string(turn.user.description), "detail": .string(obstacle)]
            )
          }
          if turn.isInTrouble { lookout.pause(seconds: Worker.troubleSeconds) }
        } catch {
          app.log.error("tags: database out of reach", metadata: ["detail": .string("\(error)")])
          lookout.pause(seconds: 1)
        }
      }
    }
  }
}
