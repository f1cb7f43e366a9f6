/** Opens the registry that a URL names. */
export { connect, type ConnectOptions } from './client/registry.ts'
/** A registry, opened: register, deregister, getService, watch as Kratos has them, entries and records beside them. */
export { Registry, type Discovery, type Registrar } from './client/registry.ts'
/** Watches one service: a new list of its instances after each change. */
export type { ServiceOptions, Watcher } from './client/watch/watcher.ts'
/** A discovery that answers from memory, also while the registry is unreachable. */
export { cachedDiscovery, type CachedDiscovery } from './client/cached-discovery.ts'
/** Chooses an instance of a watched service for each call, and the next one when a call fails. */
export { type Balancer, type BalancerOptions, type CallOptions, balancer } from './client/balancer.ts'
/** A chosen instance and the address to call it at. */
export type { Picked } from './client/candidate.ts'
/** Chooses one of instances that were listed, once. */
export { pick, type Considered, type PickOptions, type PickResult } from './client/pick.ts'
/** The names of the balancing strategies. */
export { STRATEGIES, type StrategyName, type Turns } from './balance/strategy.ts'
/** Checks the health of endpoints at intervals. */
export { HealthChecker, type HealthCheckerOptions, type LastCheck } from './client/probe/health-checker.ts'
/** The client below a Registry: every read and every change that the command line makes. */
export type { Client, EntryScan, WatchEventsOptions } from './client/client.ts'
/** A registration with its heartbeat, and the events of its life. */
export type { KeepAlive, KeepAliveEvent, KeepAliveOptions } from './client/client.ts'
/** Heartbeats for an instance that is already registered. */
export type { RenewServiceOptions, RenewedService } from './client/renew-service.ts'
/** Marks unrenewed AIO records as down, and the events that it reports. */
export type { Monitor, MonitorOptions } from './client/monitor/monitor.ts'
export type { MonitorEvent } from './client/monitor/event.ts'
/** Checks the endpoints of an instance before it is registered. */
export { requireDialable } from './client/dialable.ts'
/** A registration without a heartbeat. */
export type { Registration } from './backends/contract/backend.ts'
/** How an instance is stored and registered. */
export type { EncodeOptions, WriteOptions } from './backends/contract/backend.ts'
/** A record that is put back byte for byte. */
export type { RestoreRecord } from './backends/contract/backend.ts'
/** Reading raw records: which part of a registry, in which detail, and a page of the result. */
export type { Page, ScanOptions, Scope } from './backends/contract/backend.ts'
/** Which registry to connect to, and how. */
export type { Environment, Settings, Target, TlsSettings } from './backends/contract/driver.ts'
/** What a registry supports in the layout in use. */
export type { Capabilities } from './model/capabilities.ts'
/** One running copy of a service, with Kratos' equal and toString. */
export { ServiceInstance, type InstanceInit, type Metadata } from './model/instance.ts'
/** What the registry knows about an instance: status, weight, times, TTL, lease, owner, place. */
export { LAYOUTS, type LayoutName, type Observed, type Place } from './model/observed.ts'
/** Entries as they come fastest: those of records that are written as Kratos writes them are only decoded when one is asked for. */
export { CanonicalEntries, eachKind, type EntryPart } from './client/canonical-entries.ts'
/** The statuses, best first. */
export { STATUSES, type Status } from './model/status.ts'
/** An instance with its records, or a record that no client can use, with the reason. */
export type { Entry, InstanceEntry, MalformedEntry, Problem, ProblemCode } from './model/reading.ts'
/** A stored record as it is, its lease, and the outcome of a change to it. */
export type { LeaseState, Outcome, RawRecord } from './model/record.ts'
/** The events of a watch. */
export type { FieldChange, WatchEvent } from './model/change.ts'
/** The parts of an endpoint, or why it cannot be dialled. */
export { parseEndpoint, type Endpoint, type EndpointFlaw, type EndpointFlawCode } from './model/endpoint.ts'
/** The one class of errors, and its codes. */
export { ERROR_CODES, RollcallError, type ErrorCode } from './model/errors.ts'
/** Where the library logs what it does. */
export type { Logger } from './model/logger.ts'

// The operations of the command line, as functions over a client: `registry.client`.

/** Checks keys and values by the rules of `check-keys`: what is wrong, or every key with its verdict. */
export { checkKeys, judgeKeys, type CheckKeysOptions, type JudgeOptions } from './client/check/check-keys.ts'
/** What is read for the check of keys. */
export type { LookOptions } from './client/check/look.ts'
/** What was found, by which rules, and how much of it. */
export type { Finding } from './lint/finding.ts'
export type { Check, LintCounts } from './lint/check.ts'
export type { Verdict } from './lint/verdicts.ts'
export type { RuleSelection } from './lint/select.ts'
export type { Severity } from './lint/rule.ts'
/** Counts what there is. */
export { stats, type StatsOptions } from './client/stats.ts'
export type { ServiceTally, Stats } from './reports/stats.ts'
/** Waits until a condition holds. */
export { wait, type WaitOptions } from './client/wait/wait.ts'
export type { FailOn, WaitCondition, WaitSelection, WaitService } from './client/wait/condition.ts'
export type { ServiceState, WaitState } from './client/wait/state.ts'
/** Holds a manifest of claims against a registry. */
export { verify, type Verifiable, type Verification, type VerifyOptions } from './client/verify/verify.ts'
export { parseManifest } from './config/manifest-file.ts'
export type { Manifest } from './reports/manifest.ts'
/** Compares two registries, or what was exported of them. */
export { diff } from './client/diff/diff.ts'
export type { SidePart, Stream } from './client/diff/cursor.ts'
export type { Compared, Depth, Difference } from './client/diff/differences.ts'
/** Reads every instance, and registers them elsewhere. */
export { exportInstances, importInstances, type ExportOptions, type ImportOptions } from './client/copy/export.ts'
/** Copies instances batch by batch, and keeps what was copied as it changes at its source. */
export { Copier } from './client/copy/copier.ts'
export { Follower, type Dropped, type FollowOptions } from './client/copy/follow.ts'
export type { Copied, CopyOptions } from './client/copy/copy.ts'
export type { Carried, CarriedField } from './client/copy/carried.ts'
export type { InstanceItem } from './reports/instances.ts'
/** Plans a removal. */
export { planNamed, planPurge, type NamedRequest, type PurgePlan, type PurgeRequest } from './client/purge/plan.ts'
export type { PlannedRemoval } from './client/purge/removal.ts'
export type { PlanRefusal } from './client/purge/refusal.ts'
export type { PurgeReasons } from './client/purge/reasons.ts'
export type { Guard } from './client/purge/guard.ts'
/** What of it is as it was, after a question or after a registry fell silent. */
export { stillSilent } from './client/purge/still-silent.ts'
export { secondLook, type SecondLookOptions } from './client/purge/second-look.ts'
export type { ProbeOptions } from './client/purge/probe.ts'
/** A plan in a file, which one person makes and another carries out. */
export { readPlanFile, writePlanFile, type PlanFileOptions } from './client/purge/plan-io.ts'
export type { PlanFlags, RemovalPlan } from './client/purge/plan-file.ts'
export { requirePlace, type PlanPlace } from './client/purge/plan-place.ts'
export { requireSamePlan, requireUnchanged } from './client/purge/same-plan.ts'
/** What would be refused, for a program that asks somebody before it removes. */
export { requireAllowed } from './client/purge/allowed.ts'
export { closedHours, requireUnprotected } from './client/change/protection.ts'
export type { ProtectedSelector } from './reports/protection.ts'
/** Carries a plan out, with a backup. */
export { purge, type PurgeOptions } from './client/change/purge.ts'
export type { LiftedGuards } from './client/purge/allowed.ts'
export type { RunDone } from './client/change/carry-out.ts'
export type { PlaceOptions } from './client/change/site.ts'
/** Takes instances out of traffic, or back, with a backup. */
export { changeStatus, type ChangeStatusOptions, type StatusChanged } from './client/change/status-run.ts'
/** Takes what is on a host out of traffic. */
export { planDrain, requireWayBack, type DrainPlan, type DrainRequest } from './client/change/drain.ts'
export { drain, type DrainOptions } from './client/change/drain.ts'
/** The backups of this machine, and what they say of their runs. */
export { keptRuns, runHistory, type KeptRun } from './client/undo/backups.ts'
export { ranIn } from './client/undo/chosen.ts'
export type { Run, RunCommand, RunHistory } from './client/undo/run.ts'
export { readBackup, type Backup, type BackupRecord } from './client/purge/backup.ts'
/** Plans what is taken back: a run, what is in a file, or a drain. */
export { planUndo, type PlannedBackup, type PlannedUndo, type UndoPlan } from './client/undo/plan.ts'
export { planRestore, type PlanRestoreOptions } from './client/undo/plan.ts'
export { planDrainBack } from './client/undo/drain-back.ts'
/** Takes a removal, or a change of status, back. */
export { restore, type RestoreOptions } from './client/undo/restore.ts'
export { restoredLeases, type RestoredLeases } from './client/undo/restore.ts'
export type { Restored } from './client/purge/restore.ts'
/** Probes endpoints once: those of instances, or any. */
export { checkAll, checkEndpoint, type CheckAllOptions, type CheckEndpointOptions } from './client/probe/health.ts'
export type { Checked, Health } from './client/probe/health.ts'
/** Says whether the registry itself is well. */
export { diagnose } from './client/diagnose.ts'
export type { Diagnosis } from './model/diagnosis.ts'
/** Writes the journal of what came, went and changed. */
export { JournalWriter, type JournalWriterOptions } from './client/journal/writer.ts'
export { recorded } from './client/journal/recorded.ts'
/** Reads a journal. */
export { fileJournal, registryName, servedJournal, type Journal } from './client/journal/source.ts'
export { replayed, type ReplayOptions, type TimedEvent } from './client/journal/replay.ts'
export type { HistoryQuery, JournalLine } from './client/journal/lines.ts'
/** What the library says on channels of node:diagnostics_channel. */
export { CHANNELS, type KeepAliveTrace, type OperationTrace, type TryTrace } from './client/tracing.ts'
