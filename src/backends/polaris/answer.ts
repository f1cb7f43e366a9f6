/** An answer of Polaris, as far as it is understood: JSON with a code of six digits, the first three an HTTP status. */
export interface Answer {
  readonly code: number
  readonly info: string
  readonly body: Tree
}

export type Tree = Readonly<Record<string, unknown>>

/** Undefined for a text that Polaris does not send. */
export function answerIn(text: string): Answer | undefined {
  try {
    return answerOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

export function answerOf(body: unknown): Answer | undefined {
  if (!isTree(body) || typeof body['code'] !== 'number' || body['code'] < 100_000) return undefined
  return { code: body['code'], info: textIn(body, 'info'), body }
}

/** What the codes mean that are no errors to us. Source: polarismesh/specification, api/v1/model/code.proto. */
export const Code = {
  ok: 200_000,
  unchanged: 200_001,
  noNeedToUpdate: 200_002,
  existing: 400_201,
  notFound: 400_202,
  notFoundInstance: 400_303,
  /** Another has sent one for the same instance in the same moment, and this one was dropped. */
  sameRequest: 400_208,
  heartbeatOff: 400_141,
  noSuchUser: 400_312,
} as const

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function treeIn(tree: Tree, key: string): Tree {
  const value = tree[key]
  return isTree(value) ? value : {}
}

export function treesIn(tree: Tree, key: string): readonly Tree[] {
  const value = tree[key]
  return Array.isArray(value) ? value.filter(isTree) : []
}

/** Empty where there is none: Polaris writes what is not set as null. */
export function textIn(tree: Tree, key: string): string {
  const value = tree[key]
  return typeof value === 'string' ? value : ''
}

export function numberIn(tree: Tree, key: string): number {
  const value = tree[key]
  return typeof value === 'number' ? value : 0
}
