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
export type { Picked } from './client/balancer.ts'
/** The names of the balancing strategies. */
export { STRATEGIES, type StrategyName } from './balance/strategy.ts'
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
/** A registration without a heartbeat, and the options for writing one. */
export type { EncodeOptions, Registration, RestoreRecord, WriteOptions } from './backends/contract/backend.ts'
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
