/** Opens the registry that a URL names. */
export { connect, type ConnectOptions } from './client/registry.ts'
/** A registry, opened: register, deregister, getService, watch as Kratos has them, entries and records beside them. */
export { Registry, type Discovery, type Registrar } from './client/registry.ts'
/** The lists of one service, again whenever they change. */
export type { ServiceOptions, Watcher } from './client/watch/watcher.ts'
/** A discovery that answers from memory, and goes on answering while the registry is away. */
export { cachedDiscovery, type CachedDiscovery } from './client/cached-discovery.ts'
/** Chooses an instance of a watched service for each call, and the next one when a call fails. */
export { type Balancer, type BalancerOptions, type CallOptions, balancer } from './client/balancer.ts'
/** An instance that was chosen, and where it is called. */
export type { Picked } from './client/balancer.ts'
/** The ways of choosing. */
export { STRATEGIES, type StrategyName } from './balance/strategy.ts'
/** Checks endpoints themselves, again and again. */
export { HealthChecker, type HealthCheckerOptions, type LastCheck } from './client/probe/health-checker.ts'
/** What lies beneath a Registry: every read and every change that the command line makes. */
export type { Client, EntryScan, WatchEventsOptions } from './client/client.ts'
/** A registration with its heartbeat, and what becomes of it. */
export type { KeepAlive, KeepAliveEvent, KeepAliveOptions } from './client/client.ts'
/** The heartbeats of what is registered already. */
export type { RenewServiceOptions, RenewedService } from './client/renew-service.ts'
/** Who marks as down what nobody renews, and what he tells. */
export type { Monitor, MonitorOptions } from './client/monitor/monitor.ts'
export type { MonitorEvent } from './client/monitor/event.ts'
/** A registration without a heartbeat, and how one is written. */
export type { EncodeOptions, Registration, RestoreRecord, WriteOptions } from './backends/contract/backend.ts'
/** What is read: which part of a registry, how closely, and a page of it. */
export type { Page, ScanOptions, Scope } from './backends/contract/backend.ts'
/** How a registry is spoken to. */
export type { Environment, Settings, Target, TlsSettings } from './backends/contract/backend.ts'
/** What a registry can do, with the layout it is read and written in. */
export type { Capabilities } from './model/capabilities.ts'
/** One running copy of a service, with Kratos' equal and toString. */
export { ServiceInstance, type InstanceInit, type Metadata } from './model/instance.ts'
/** What the registry says of an instance: status, weight, times, TTL, lease, owner, place. */
export { LAYOUTS, type LayoutName, type Observed, type Place } from './model/observed.ts'
/** The statuses, best first. */
export { STATUSES, type Status } from './model/status.ts'
/** An instance with its records, or a record that no client can use and why. */
export type { Entry, InstanceEntry, MalformedEntry, Problem, ProblemCode } from './model/reading.ts'
/** A stored record as it is, its lease, and what became of it in a change. */
export type { LeaseState, Outcome, RawRecord } from './model/record.ts'
/** What a watch tells. */
export type { FieldChange, WatchEvent } from './model/change.ts'
/** The parts of an endpoint, or why it cannot be dialled. */
export { parseEndpoint, type Endpoint, type EndpointFlaw, type EndpointFlawCode } from './model/endpoint.ts'
/** The one class of errors, and its codes. */
export { ERROR_CODES, RollcallError, type ErrorCode } from './model/errors.ts'
/** Where the library tells what it does. */
export type { Logger } from './model/logger.ts'
