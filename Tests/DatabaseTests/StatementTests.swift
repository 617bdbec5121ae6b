import Foundation
import Testing

@testable import Database

@Suite(.sqliteAlone) struct StatementTests {
  @Test func `a parameter keeps its number`() {
    let statement = NumberedStatement("a = $now AND $user <> $now")
    #expect(statement.sql == "a = $1 AND $2 <> $1" && statement.names == ["now", "user"])
  }

  @Test(arguments: [
    (CleanupStatement.readyFiles as any Statement, ["files_listed"]),
    (UsageReadStatement.largest, ["usage_users_largest (generation=?)"]),
    (UsageReadStatement.ofUser, ["sqlite_autoindex_usage_counts_1 (generation=? AND user_id=?)"]),
    (UsageReadStatement.days, ["sqlite_autoindex_usage_days_1 (day>? AND day<?)"]),
    (UsageReadStatement.daysOfUser, ["sqlite_autoindex_usage_user_days_1 (user_id=? AND day>? AND day<?)"]),
    (UsageReadStatement.cohorts, ["sqlite_autoindex_usage_cohorts_1 (generation=?)"]),
    (UsageReadStatement.totals, ["sqlite_autoindex_usage_cohorts_1 (generation=?)"]),
    (UsageDayStatement.range, ["sqlite_autoindex_usage_users_1 (generation=? AND user_id>?)"]),
    (
      UsageDayStatement.record,
      ["(generation=? AND user_id>? AND user_id<?)", "usage_user_days_1 (user_id=? AND day=?)"]
    ),
    (UsageDayStatement.recordVanished, ["(generation=? AND user_id>? AND user_id<?)", "(generation=? AND user_id=?)"]),
    (UsageDayStatement.trim, ["sqlite_autoindex_usage_user_days_1 (user_id>? AND user_id<?)"]),
    (UsageStatement.discardUsers, ["sqlite_autoindex_usage_users_1 (generation=? AND user_id=?)"]),
    (UsageStatement.discardCounts, ["sqlite_autoindex_usage_counts_1 (generation=? AND user_id=?)"]),
    (UsageDayStatement.forgetCounts, ["sqlite_autoindex_usage_counts_1 (generation=? AND user_id=?)"]),
    (UsageDayStatement.forgetUser, ["sqlite_autoindex_usage_users_1 (generation=? AND user_id=?)"]),
    (CleanupStatement.placed, ["sqlite_autoindex_files_2 (raw_key>? AND raw_key<?)"]),
    (CleanupStatement.placedFrom, ["sqlite_autoindex_files_2 (raw_key>?)"]),
    (CleanupStatement.removed, ["files_removed"]),
    (CleanupStatement.runs, ["files_removed"]),
    (TrafficStatement.days, ["sqlite_autoindex_traffic_days_1 (day>? AND day<?)"]),
    (TrafficStatement.trim, ["sqlite_autoindex_traffic_days_1 (day<?)"]),
    (FileStatement.find, ["sqlite_autoindex_files_1", "sqlite_autoindex_multipart_uploads_1"]),
    (VariantStatement.find, ["sqlite_autoindex_files_1", "variants_current"]),
    (VariantStatement.current, ["variants_current"]),
    (UserStatement.openUploads, ["COVERING INDEX files_open"]),
    (UserStatement.list, ["sqlite_autoindex_users_1"]),
    (UserStatement.holdings, ["sqlite_autoindex_users_1 (id=?)"]),
    (UserStatement.counters, ["sqlite_autoindex_users_1 (id>?)"]),
    (UserStatement.countFiles, ["COVERING INDEX files_listed"]),
    (FileStatement.listed, ["files_listed", "sqlite_autoindex_multipart_uploads_1"]),
    (FileStatement.listedFloor, ["COVERING INDEX files_listed"]),
    (FileStatement.listedOldest, ["files_listed", "sqlite_autoindex_multipart_uploads_1"]),
    (FileStatement.listedCeiling, ["COVERING INDEX files_listed"]),
    (FileStatement.listedByName, ["files_listed", "sqlite_autoindex_files_1 (id=?)"]),
    (FileStatement.listedByNameDescending, ["files_listed", "sqlite_autoindex_files_1 (id=?)"]),
    (FileStatement.listedSmallest, ["files_listed", "sqlite_autoindex_files_1 (id=?)"]),
    (FileStatement.listedLargest, ["files_listed", "sqlite_autoindex_files_1 (id=?)"]),
    (FileStatement.listedOfAll, ["sqlite_autoindex_files_1 (id>? AND id<?)", "sqlite_autoindex_multipart_uploads_1"]),
    (FileStatement.listedOfAllFloor, ["COVERING INDEX sqlite_autoindex_files_1"]),
    (FileStatement.change, ["sqlite_autoindex_files_1"]),
    (FileStatement.lockReady, ["sqlite_autoindex_files_1"]),
    (VariantStatement.ofPage, ["variants_current"]),
    (LinkStatement.find, ["sqlite_autoindex_links_2"]),
    (LinkStatement.live, ["links_of_file"]),
    (LinkStatement.count, ["links_of_file"]),
    (LinkStatement.revoke, ["sqlite_autoindex_links_1"]),
    (UserStatement.recount, ["files_listed"]),
    (UserStatement.mismatched, ["files_listed"]),
    (MultipartStatement.left, ["sqlite_autoindex_files_1", "sqlite_autoindex_jobs_1"]),
    (MultipartStatement.openByKey, ["sqlite_autoindex_files_2", "sqlite_autoindex_multipart_uploads_1"]),
    (FileStatement.unattended, ["files_unfinished", "sqlite_autoindex_jobs_1"]),
    (FileStatement.overdue, ["files_unfinished"]),
    (FileStatement.watched, ["files_watched"]),
    (FileStatement.watch, ["sqlite_autoindex_files_1"]),
    (FileStatement.outlived, ["files_deleted"]),
    (FileStatement.standing, ["sqlite_autoindex_files_1"]),
    (FileStatement.purge, ["sqlite_autoindex_files_1"]),
    (FileStatement.ofUser, ["files_listed"]),
    (FileStatement.unmeasured, ["files_unmeasured", "sqlite_autoindex_multipart_uploads_1"]),
    (JobStatement.isDue, ["jobs_due"]),
    (
      JobStatement.turn,
      ["jobs_waiting (user_id>?)", "jobs_waiting (user_id=? AND cost=?", "jobs_leased", "sqlite_autoindex_users_1"]
    ),
    (JobStatement.due, ["jobs_waiting"]),
    (JobStatement.dueMigrated, ["jobs_migrated"]),
    (JobStatement.upload, ["jobs_waiting"]),
    (FileStatement.upload, ["sqlite_autoindex_files_1"]),
    (JobStatement.held, ["jobs_leased"]),
    (JobStatement.find, ["sqlite_autoindex_jobs_1"]),
    (FileStatement.refresh, ["sqlite_autoindex_files_1", "sqlite_autoindex_jobs_1"]),
    (FileStatement.ready, ["sqlite_autoindex_files_1"]),
    (FileStatement.byRawKey, ["sqlite_autoindex_files_2"]),
    (FileStatement.owner, ["sqlite_autoindex_files_1"]),
    (MigratedStatement.byFormerPath, ["files_former"]),
    (MigratedStatement.kin, ["sqlite_autoindex_files_1"]),
    (MigratedStatement.successors, ["files_successors"]),
    (MigratedStatement.unchecked, ["files_unfinished", "sqlite_autoindex_jobs_1"]),
    (MigratedStatement.receive, ["sqlite_autoindex_files_1"]),
    (MigratedStatement.quarantine, ["sqlite_autoindex_files_1", "sqlite_autoindex_jobs_1"]),
    (JobStatement.retryable, ["sqlite_autoindex_jobs_1"]),
    (JobStatement.retry, ["sqlite_autoindex_jobs_1"]),
    (JobStatement.lease, ["sqlite_autoindex_jobs_1"]),
    (FileStatement.publish, ["sqlite_autoindex_files_1", "sqlite_autoindex_jobs_1"]),
    (RetagStatement.isDue, ["users_retagged"]),
    (RetagStatement.claim, ["users_retagged", "sqlite_autoindex_users_1"]),
    (RetagStatement.waiting, ["users_retagged"]),
    (RetagStatement.bound, ["COVERING INDEX files_listed"]),
    (RetagStatement.differing, ["files_listed (user_id=? AND state=? AND id>? AND id<?)"]),
    (RetagStatement.progress, ["files_listed"]),
    (ReportStatement.largestUsers, ["users_used ((used_bytes,id)<(?,?))"]),
    (ReportStatement.failedJobs, ["jobs_failed", "sqlite_autoindex_files_1"]),
    (ReportStatement.purges, ["jobs_purges (kind=?)", "sqlite_autoindex_files_1"]),
    (ReportStatement.list, ["sqlite_autoindex_reports_1"]),
  ])
  func `frequent statements read an index, never a whole table`(_ statement: any Statement, indices: [String]) throws {
    let plan = try DatabaseFixture().database.plan(of: statement.rawValue)
    for index in indices { #expect(plan.contains(index), "\(plan)") }
    #expect(!plan.contains("SCAN files"), "\(plan)")
    #expect(!plan.contains("SCAN jobs"), "\(plan)")
  }

  @Test func `a page of files is read in index order, without sorting`() throws {
    let database = try DatabaseFixture().database
    for (statement, index) in [
      (FileStatement.listed, "files_listed (user_id=? AND state=? AND id"),
      (.listedFloor, "files_listed (user_id=? AND state=? AND id"),
      (.listedOfAll, "sqlite_autoindex_files_1 (id>? AND id<?)"),
      (.listedOfAllFloor, "sqlite_autoindex_files_1 (id<?)"),
    ] {
      let plan = try database.plan(of: statement.rawValue)
      #expect(!plan.contains("TEMP B-TREE") && plan.contains(index), "\(plan)")
    }
  }
}
