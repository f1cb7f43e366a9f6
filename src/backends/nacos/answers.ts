import { type Host, isObject } from './host.ts'
import type { Params } from './nodes.ts'
import type { Address, NacosService, Namespace } from './names.ts'
import { Gibberish, Refusal } from './refusal.ts'

/** A service, as all generations of the API take it. */
export function serviceParams({ namespace, group, name }: NacosService) {
  return { namespaceId: namespace, groupName: group, serviceName: name }
}

export function addressParams(address: Address) {
  const { cluster, ip, port } = address
  return { ...serviceParams(address), clusterName: cluster, ip, port }
}

/** An instance with all that it says, because what is left out is replaced by the server's defaults. */
export function instanceParams(address: Address, { weight, enabled, ephemeral, metadata }: Host): Params {
  return { ...addressParams(address), weight, enabled, ephemeral, metadata: JSON.stringify(metadata) }
}

/** A list in an answer; empty where the server said that there is nothing (undefined). @throws Gibberish */
export function listIn(answer: unknown, field?: string): readonly unknown[] {
  if (answer === undefined) return []
  const value = field === undefined ? answer : isObject(answer) ? answer[field] : undefined
  if (Array.isArray(value)) return value
  // An empty list is left out of what stands beside it.
  const isLeftOut = isObject(answer) && (value === undefined || value === null) && BESIDE.some((name) => name in answer)
  if (isLeftOut) return []
  throw new Gibberish(`no list${field === undefined ? '' : ` of ${field}`}`)
}

/** What lists are told together with. */
const BESIDE = ['count', 'totalCount', 'service']

/** What every change is answered with. @throws Gibberish */
export function expectDone(answer: unknown): void {
  if (answer !== 'ok' && answer !== true) throw new Gibberish('a change that is not answered with ok')
}

export function textIn(answer: unknown, field: string): string | undefined {
  const value = isObject(answer) ? answer[field] : undefined
  return typeof value === 'string' ? value : undefined
}

/** The namespaces in a list. The public one has the id "" in versions 1 and 2. */
export function namespacesIn(answer: unknown): Namespace[] {
  return listIn(answer).flatMap((item) => {
    const id = textIn(item, 'namespace')
    return id === undefined ? [] : [{ id: id === '' ? 'public' : id, name: textIn(item, 'namespaceShowName') ?? '' }]
  })
}

/** The clients in a list of publishers. */
export function publishersIn(answer: unknown): string[] {
  return (Array.isArray(answer) ? answer : []).flatMap((item) => textIn(item, 'clientId') ?? [])
}

/** All pages of a list, beginning with page 1, until one is not full. */
export async function allPages(size: number, read: (page: number) => Promise<readonly unknown[]>): Promise<unknown[]> {
  const all: unknown[] = []
  for (let page = 1; ; page += 1) {
    const items = await read(page)
    for (const item of items) all.push(item)
    if (items.length < size) return all
  }
}

/** What is asked for, or `otherwise` where the server says that it is not there. */
export async function unlessAbsent<T, U>(answer: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Refusal && error.isAbsence) return otherwise
    throw error
  }
}

/** Undefined where this server does not tell, or does not tell this user. */
export async function ifTold<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Refusal && !error.isOfTheNode) return undefined
    throw error
  }
}
