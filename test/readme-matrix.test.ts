import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Driver } from '../src/backends/contract/driver.ts'
import { drivers } from '../src/backends/index.ts'
import type { Capabilities } from '../src/model/capabilities.ts'
import type { LayoutName } from '../src/model/observed.ts'

/** A heading each, and the fact below it. */
const COLUMNS: readonly (readonly [string, keyof Capabilities])[] = [
  ['expires on its own', 'ttl'],
  ['renew', 'renew'],
  ['offline, online', 'offline'],
  ['guarded removal', 'guarded'],
  ['restore', 'restore'],
  ['reports changes', 'watch'],
  ['watch --since', 'history'],
  ['one revision', 'revision'],
  ['raw keys', 'rawKeys'],
  ['namespaces', 'namespaces'],
]

const README = join(import.meta.dirname, '../README.md')
const [BEGIN, END] = ['<!-- capabilities -->\n', '<!-- /capabilities -->']

const names = (layouts: readonly LayoutName[]) => layouts.map((layout) => `\`${layout}\``).join(' ')

/** `yes`, `-`, or the layouts that can where not all do, or those that cannot where these are fewer. */
function cell(driver: Driver, fact: keyof Capabilities): string {
  const able = driver.layouts.filter((layout: LayoutName) => driver.capabilities(layout)[fact])
  if (able.length === driver.layouts.length) return 'yes'
  if (able.length === 0) return '-'
  const unable = driver.layouts.filter((layout) => !able.includes(layout))
  return unable.length < able.length ? `all but ${names(unable)}` : names(able)
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

function matrix(): string {
  return [
    row(['', ...COLUMNS.map(([heading]) => heading)]),
    `|${'---|'.repeat(COLUMNS.length + 1)}`,
    ...drivers.map((driver) => row([driver.name, ...COLUMNS.map(([, fact]) => cell(driver, fact))])),
    '',
  ].join('\n')
}

it('README.md shows what each registry can, as the drivers have it (vitest -u writes it)', async () => {
  const text = await readFile(README, 'utf8')
  const [before = '', rest = ''] = text.split(BEGIN)
  await expect(`${before}${BEGIN}${matrix()}${END}${rest.split(END)[1]}`).toMatchFileSnapshot(README)
})
