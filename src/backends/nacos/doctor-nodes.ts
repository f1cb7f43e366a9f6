import type { Diagnosis } from '../../model/diagnosis.ts'
import type { Diagnoses } from '../contract/diagnose.ts'
import { listIn, textIn } from './answers.ts'
import { isObject } from './host.ts'

/** What a node says of itself. */
export interface NodeReport {
  readonly about: Diagnoses
  /** Empty where it does not tell. */
  readonly version: string
  /** Undefined where it does not tell. */
  readonly asksForLogin: boolean | undefined
  /** How many services it holds; undefined where it does not tell. */
  readonly services: number | undefined
}

/** Pure. */
export function reportIn(
  about: Diagnoses,
  { state, metrics }: { readonly state: unknown; readonly metrics?: unknown },
): NodeReport {
  const enabled = isObject(state) ? state['auth_enabled'] : undefined
  const services = isObject(metrics) ? metrics['serviceCount'] : undefined
  return {
    about,
    version: textIn(state, 'version') ?? '',
    asksForLogin: enabled === undefined ? undefined : enabled === true || enabled === 'true',
    services: typeof services === 'number' ? services : undefined,
  }
}

/** Switches that operators forget to switch back, with what follows. */
const SWITCHES = [
  { name: 'healthCheckEnabled', usual: true, what: 'health checks are off: dead instances stay healthy' },
  { name: 'pushEnabled', usual: true, what: 'pushing is off: clients learn of changes late' },
  { name: 'disableAddIP', usual: false, what: 'adding instances is off' },
] as const

/** What a node answers to operators about naming. */
interface Naming {
  readonly metrics: unknown
  readonly switches: unknown
  /** Where its switches are set. */
  readonly url: string
}

/** Whether naming serves, and what of it is switched off. Pure. */
export function namingDiagnoses(about: Diagnoses, { metrics, switches, url }: Naming): Diagnosis[] {
  const overridden = textIn(switches, 'overriddenServerStatus') ?? ''
  const off = SWITCHES.filter(({ name, usual }) => isObject(switches) && switches[name] === !usual)
  return [
    readinessOf(about, textIn(metrics, 'status') ?? '', overridden),
    ...(overridden === '' ? [] : [overriding(about, overridden, url)]),
    ...off.map(({ name, usual, what }) => about.warning('naming', what, setBack(url, entryOf(name), String(usual)))),
    ...(overridden === '' && off.length === 0 ? [about.ok('naming', 'nothing is switched off')] : []),
  ]
}

function readinessOf({ ok, error }: Diagnoses, status: string, overridden: string): Diagnosis {
  if (status === '') return ok('readiness', 'answers')
  if (status === 'UP') return ok('readiness', 'naming is up')
  const fix =
    status === overridden
      ? 'take back what overrides its status'
      : 'look into its naming-server.log; a node that has just started needs a moment'
  return error('readiness', `naming is ${status}`, fix)
}

/** A node whose status was set to UP says that it is up, whatever becomes of it. */
function overriding({ warning, error }: Diagnoses, status: string, url: string): Diagnosis {
  const fix = setBack(url, 'overriddenServerStatus', 'null')
  if (status === 'UP') return warning('naming', 'its status is overridden: it says UP, even where it is not', fix)
  return error('naming', `its status is overridden: ${status}`, fix)
}

/** `debug` sets the switch at that node, and at once. Without it, Nacos 2.3 answers `ok` and changes nothing. */
function setBack(url: string, entry: string, value: string): string {
  return `set it back: PUT ${url}?entry=${entry}&value=${value}&debug=true`
}

/** What the operator's call names a switch. Source: com.alibaba.nacos.naming.misc.SwitchEntry. */
function entryOf(name: (typeof SWITCHES)[number]['name']): string {
  return name === 'healthCheckEnabled' ? 'check' : name
}

/** The cluster as one node sees it. Pure. */
export function nodeDiagnoses({ ok, warning, error }: Diagnoses, nodes: unknown): Diagnosis[] {
  const members = listIn(nodes).map((node) => ({
    address: textIn(node, 'address') ?? '?',
    state: textIn(node, 'state') ?? '?',
  }))
  const others = members.filter(({ state }) => state !== 'UP')
  if (others.length === 0)
    return [ok('members', members.length === 1 ? 'is the only node' : `sees ${members.length} nodes, all of them up`)]
  const words = others.map(({ address, state }) => `${address} is ${state}`).join(', ')
  const fix = 'start that node, or mend the network between them; take it out of cluster.conf if it is gone for good'
  const isDown = others.some(({ state }) => state === 'DOWN' || state === 'ISOLATION')
  return [(isDown ? error : warning)('members', `sees ${members.length} nodes: ${words}`, fix)]
}

/** What the nodes say of each other. Pure. */
export function nodesDiagnoses(about: Diagnoses, seen: readonly NodeReport[]): Diagnosis[] {
  if (seen.length < 2) return []
  const found: Diagnosis[] = []
  const differ = (of: (report: NodeReport) => string | number) => new Set(seen.map(of)).size > 1
  const said = (of: (report: NodeReport) => string | number) =>
    seen.map((each) => `${each.about.subject} ${of(each)}`).join(', ')
  const versionOf = ({ version }: NodeReport) => version || 'unknown'
  const servicesOf = ({ services }: NodeReport) => services ?? 'unknown'
  if (differ(versionOf))
    found.push(about.warning('members', `the nodes have different versions: ${said(versionOf)}`, 'finish the upgrade'))
  if (differ(servicesOf))
    found.push(
      about.warning(
        'members',
        `the nodes hold different numbers of services: ${said(servicesOf)}`,
        'look again in a moment; if it stays, look into the protocol-distro.log of each',
      ),
    )
  return found.length > 0
    ? found
    : [about.ok('members', `${seen.length} nodes agree on their version and on the number of services`)]
}
