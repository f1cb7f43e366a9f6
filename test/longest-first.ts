import { readFile } from 'node:fs/promises'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { KINDS } from './servers/kinds.ts'
import { isPublished } from './servers/outcome.ts'

/** Files that take many seconds, mostly of waiting. One that begins last would be waited for alone. */
const LONG = [
  'checks.test',
  '.slow.test',
  'conformance/',
  'backends/',
  'client/monitor/',
  'client/keep-alive',
  'cli/',
  'server/',
]

/** Begins with those, in that order; what names a server that is being built still comes after all that names none. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { outcomes } = this.ctx.getRootProject().getProvidedContext()
    // They are built in their order.
    const awaited = KINDS.map(({ name }) => name).filter((kind) => !isPublished(outcomes, kind))
    const sorted = await super.sort(files)
    const ranked = sorted.map(async (file) => ({ file, wait: await lastNamed(file, awaited), length: rank(file) }))
    return (await Promise.all(ranked))
      .toSorted((one, other) => one.wait - other.wait || one.length - other.length)
      .map(({ file }) => file)
  }
}

async function lastNamed({ moduleId }: TestSpecification, kinds: readonly string[]): Promise<number> {
  if (kinds.length === 0) return -1
  const text = `${moduleId}\n${await readFile(moduleId, 'utf8')}`
  return kinds.findLastIndex((kind) => new RegExp(kind, 'i').test(text))
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONG.findIndex((part) => moduleId.slice(moduleId.lastIndexOf('/test/')).includes(part))
  return at < 0 ? LONG.length : at
}
