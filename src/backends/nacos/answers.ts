import { type Host, isObject } from './host.ts'
import type { Params } from './api-version.ts'
import type { NacosAddress, NacosService, Namespace } from './names.ts'
import { ForeignAnswer, Refusal } from './refusal.ts'

/** The parameters that name a service, in all versions of the API. */
export function serviceParams({ namespace, group, name }: NacosService) {
  return { namespaceId: namespace, groupName: group, serviceName: name }
}

/** The parameters that name an instance, in all versions of the API. */
export function addressParams(address: NacosAddress) {
  const { cluster, ip, port } = address
  return { ...serviceParams(address), clusterName: cluster, ip, port }
}

/** All that an instance says: the server replaces what is left out by its defaults. */
export function instanceParams(address: NacosAddress, { weight, enabled, ephemeral, metadata }: Host): Params {
  return { ...addressParams(address), weight, enabled, ephemeral, metadata: JSON.stringify(metadata) }
}

/** A list in an answer; empty for undefined, which stands for an absence. @throws ForeignAnswer */
export function listIn(answer: unknown, field?: string): readonly unknown[] {
  if (answer === undefined) return []
  const value = field === undefined ? answer : isObject(answer) ? answer[field] : undefined
  if (Array.isArray(value)) return value
  // An empty list is left out, and only what stands beside it is sent.
  const isLeftOut = isObject(answer) && (value === undefined || value === null) && BESIDE.some((name) => name in answer)
  if (isLeftOut) return []
  throw new ForeignAnswer(`no list${field === undefined ? '' : ` of ${field}`}`)
}

/** The fields beside a list. */
const BESIDE = ['count', 'totalCount', 'service']

/** Checks the answer to a change. @throws ForeignAnswer where it is not `ok` */
export function expectDone(answer: unknown): void {
  if (answer !== 'ok' && answer !== true) throw new ForeignAnswer('a change was not answered with ok')
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

/** All pages of a list, beginning with page 1, until one is not full. */
export async function allPages(size: number, read: (page: number) => Promise<readonly unknown[]>): Promise<unknown[]> {
  const all: unknown[] = []
  for (let page = 1; ; page += 1) {
    const items = await read(page)
    for (const item of items) all.push(item)
    if (items.length < size) return all
  }
}

/** The answer, or `otherwise` where the server says that what was asked for does not exist. */
export async function unlessAbsent<T, U>(answer: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Refusal && error.isAbsence) return otherwise
    throw error
  }
}

/** The ids of the clients in an answer; undefined where the server refuses to list them, to this user or at all. */
export async function publishersUnlessRefused(answer: Promise<unknown>): Promise<string[] | undefined> {
  try {
    return publishersIn(await answer)
  } catch (error) {
    if (error instanceof Refusal && !error.isOfTheNode) return undefined
    throw error
  }
}

/** The ids of the clients in a list of publishers. */
function publishersIn(answer: unknown): string[] {
  return (Array.isArray(answer) ? answer : []).flatMap((item) => textIn(item, 'clientId') ?? [])
}
