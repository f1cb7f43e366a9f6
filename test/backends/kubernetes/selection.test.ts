import { expect, it } from 'vitest'
import type { KubernetesApi, KubernetesCall } from '../../../src/backends/kubernetes/api.ts'
import { PODS } from '../../../src/backends/kubernetes/pod.ts'
import { list } from '../../../src/backends/kubernetes/selection.ts'

/** Answers with three pages, and notes what continues they are asked with. */
function threePages() {
  const asked: (string | undefined)[] = []
  const ask = ({ query }: KubernetesCall) => {
    asked.push(query?.['continue'])
    const next = ['second', 'third'][asked.length - 1]
    return Promise.resolve({ metadata: { resourceVersion: '7', continue: next }, items: [{ at: asked.length }] })
  }
  return { asked, api: { ask } as unknown as KubernetesApi }
}

const selection = { resource: PODS, namespace: undefined, labelSelector: PODS.label }

it('asks for one page ahead of its reader, and never for two', async () => {
  const { asked, api } = threePages()
  const pages = list(api, selection, {})
  const seen: unknown[] = []
  const ahead: number[] = []
  for await (const { items, revision } of pages) {
    seen.push({ items, revision })
    ahead.push(asked.length)
  }
  expect(seen).toEqual([1, 2, 3].map((at) => ({ items: [{ at }], revision: '7' })))
  expect(ahead).toEqual([2, 3, 3])
  expect(asked).toEqual([undefined, 'second', 'third'])
})

it('throws what a page fails with when it is its turn, not before', async () => {
  const { asked, api } = threePages()
  const failing = {
    ask: (call: KubernetesCall) => (asked.length === 1 ? Promise.reject(new Error('gone')) : api.ask(call)),
  } as unknown as KubernetesApi
  const pages = list(failing, selection, {})
  expect((await pages.next()).value).toMatchObject({ next: 'second' })
  await expect(pages.next()).rejects.toThrow('gone')
})
