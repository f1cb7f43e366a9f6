/**
 * The steps of which the operations of the library are made, for programs that put them together in another way, as the command line
 * does. They are not part of what docs/compatibility.md promises.
 */
export { type PickCandidate, candidateOf } from '../client/balancer.ts'
export { audit } from '../client/change/audit-log.ts'
export { type RunWork, type WorkBefore, carryOutRun } from '../client/change/carry-out.ts'
export {
  type DrainPlan,
  goingOffline,
  holdsStatus,
  isOut,
  planDrain,
  removedIn,
  requireWayBack,
} from '../client/change/drain.ts'
export { closedHours, requireUnprotected } from '../client/change/protection.ts'
export type { ChangeSite } from '../client/change/site.ts'
export { changeStatus } from '../client/change/status-run.ts'
export { withLeaseKeys } from '../client/check/lease-keys.ts'
export { lookAt } from '../client/check/look.ts'
export { contentOf } from '../client/copy/content.ts'
export { carry, copyInto } from '../client/copy/copy.ts'
export { type InstanceDescription, checkedDescription } from '../client/copy/description.ts'
export { entryFrom } from '../client/copy/file-entry.ts'
export { Follower } from '../client/copy/follow.ts'
export { Present } from '../client/copy/present.ts'
export { changed } from '../client/diff/differences.ts'
export { unreadableIn } from '../client/entries.ts'
export { linesIn } from '../client/journal/lines.ts'
export { SEEN_EVERY } from '../client/journal/writer.ts'
export { skewText } from '../client/monitor/event.ts'
export { roundTripTo } from '../client/probe/ask.ts'
export { type Protocol, askHttp, askTcp } from '../client/probe/transports.ts'
export { requireAllowed } from '../client/purge/allowed.ts'
export type { BackupRecord } from '../client/purge/backup-line.ts'
export { readBackup } from '../client/purge/backup.ts'
export { type PlanFlags, type RemovalPlan, differences, hashOf, plannedRecord } from '../client/purge/plan-file.ts'
export { readPlanFile, writePlanFile } from '../client/purge/plan-io.ts'
export { probeAll } from '../client/purge/probe.ts'
export { onOwnLease } from '../client/purge/restore.ts'
export { currentOf, secondLook } from '../client/purge/second-look.ts'
export { type EndpointRules, checkEndpoints, rulesFor } from '../client/register.ts'
export { unsupported } from '../client/source.ts'
export { type BackupReadings, entriesOf, idIn, readingsOf } from '../client/undo/backup-readings.ts'
export { backupPath, historyOf, removedAfter } from '../client/undo/backups.ts'
export { chosenOf, isIn } from '../client/undo/chosen.ts'
export { type NewRun, describeRun, newRun, requireEnded } from '../client/undo/new-run.ts'
export { type RunHistory, isFinal, keepsRecord } from '../client/undo/run.ts'
export { type TakeBack, foresee, parted, requireAble, takeOneBack } from '../client/undo/taking-back.ts'
export { WatchedEntries, keyOf } from '../client/watch/watched-entries.ts'
