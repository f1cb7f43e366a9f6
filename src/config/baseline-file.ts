import { lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RollcallError } from '../model/errors.ts'
import { FILE_FORMAT } from '../model/file-format.ts'
import type { Baseline, Suppression } from '../reports/baseline.ts'
import { byCode } from '../reports/fold.ts'
import { suggestion } from '../reports/near-names.ts'
import { exactly, nodesOf, parseUntrusted, texts, unknown } from './untrusted-yaml.ts'
import { changeFile } from './write-file.ts'
import { type YamlFile, pairsOf, textOf } from './yaml-file.ts'

/** Bytes of the longest baseline: some ten thousand keys. */
export const LONGEST_BASELINE = 1024 * 1024
/** Each is held against the findings of its rule. */
const MOST_GLOBS = 1_000
const LONGEST_GLOB = 4_096

const FIELDS = ['apiVersion', 'kind', 'known', 'suppressions']
const OF_SUPPRESSION = ['rule', 'key', 'reason', 'until'] as const

/**
 * Reads a baseline, in YAML or JSON, as `rollcall schema Baseline` describes it. It is treated as untrusted. `codes`: of all rules.
 * @throws RollcallError `config` with line and column for whatever is not a baseline
 */
export async function parseBaseline(path: string, text: string, codes: readonly string[]): Promise<Baseline> {
  const file = await parseUntrusted(path, text, 'a baseline')
  const top = new Map<string, { value: unknown }>()
  for (const { key, keyNode, value } of pairsOf(file, file.document.contents, 'a baseline')) {
    if (!FIELDS.includes(key)) throw unknown(file, keyNode, key, FIELDS)
    top.set(key, { value })
  }
  exactly(file, top.get('apiVersion'), 'apiVersion', FILE_FORMAT)
  exactly(file, top.get('kind'), 'kind', 'Baseline')
  const known = new Map<string, Set<string>>()
  for (const { key, keyNode, value } of pairsOf(file, top.get('known')?.value, 'known'))
    known.set(codeIn(file, keyNode, { code: key, codes }), new Set(texts(file, value, `known.${key}`)))
  const suppressions = suppressionsIn(file, top.get('suppressions')?.value, codes)
  return { known, suppressions }
}

function suppressionsIn(file: YamlFile, node: unknown, codes: readonly string[]): Suppression[] {
  const { yaml } = file
  if (node === undefined || (yaml.isScalar(node) && node.value === null)) return []
  if (!yaml.isSeq(node)) throw file.fault(node, 'suppressions must be a list')
  const found = node.items.map((item) => suppressionIn(file, item, codes))
  if (found.flatMap(({ keys }) => keys).length <= MOST_GLOBS) return found
  throw file.fault(node, `a baseline has at most ${MOST_GLOBS} suppressed keys`, 'join them with * in one key')
}

function suppressionIn(file: YamlFile, item: unknown, codes: readonly string[]): Suppression {
  const parts = new Map<string, unknown>()
  for (const { key, keyNode, value } of pairsOf(file, item, 'a suppression')) {
    if (!OF_SUPPRESSION.some((name) => name === key)) throw unknown(file, keyNode, key, OF_SUPPRESSION)
    parts.set(key, value)
  }
  const missing = OF_SUPPRESSION.filter((name) => !parts.has(name))
  if (missing.length > 0) {
    throw file.fault(item, `a suppression needs ${missing.join(' and ')}`, 'it has rule, key, reason and until')
  }
  const ruleNodes = nodesOf(file, parts.get('rule'), 'rule')
  return {
    rules: ruleNodes.map((node) => codeIn(file, node, { code: textOf(file, node, 'rule'), codes })),
    keys: globsIn(file, parts.get('key')),
    reason: textOf(file, parts.get('reason'), 'reason'),
    until: dayIn(file, parts.get('until')),
    at: file.placeOf(item),
  }
}

function codeIn(
  file: YamlFile,
  node: unknown,
  { code, codes }: { readonly code: string; readonly codes: readonly string[] },
): string {
  const known = codes.find((each) => each === code.toUpperCase())
  if (known !== undefined) return known
  throw file.fault(node, `there is no rule "${code}"`, `${suggestion(code, codes)}; rollcall check-keys --list-rules`)
}

function globsIn(file: YamlFile, node: unknown): string[] {
  return nodesOf(file, node, 'key').map((each) => {
    const text = textOf(file, each, 'key')
    if (text.length <= LONGEST_GLOB) return text
    throw file.fault(each, `key has more than ${LONGEST_GLOB} characters`, 'shorten it with *')
  })
}

function dayIn(file: YamlFile, node: unknown): string {
  const text = textOf(file, node, 'until')
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text
  throw file.fault(node, `until: "${text}" is not a date`, 'write for example until: 2027-01-31')
}

/**
 * Writes the known findings into a baseline and keeps the rest of the file, its comments too; makes the file where there is none.
 * `read` returns its text.
 *
 * @throws RollcallError `config` where the file cannot be written or is a symbolic link, `usage` where it would become too long
 */
export async function writeKnown(
  path: string,
  known: ReadonlyMap<string, ReadonlySet<string>>,
  read: () => Promise<string | undefined>,
): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found && !found.isFile()) {
    throw new RollcallError('config', `${path} is not a file, so it is not written`, { hint: 'name the file itself' })
  }
  if (!(await stat(dirname(path)).catch(() => undefined))?.isDirectory()) {
    throw new RollcallError('config', `there is no folder ${dirname(path)}`, {
      hint: 'check the path for a typing error',
    })
  }
  await changeFile(path, async () => textWith(path, known, (await read()) ?? ''), { mode: 0o666 })
}

async function textWith(path: string, known: Baseline['known'], text: string): Promise<string> {
  const { document, yaml } = await parseUntrusted(path, text, 'a baseline')
  const sorted = [...known].sort(([a], [b]) => byCode(a, b)).map(([rule, keys]) => [rule, [...keys].sort(byCode)])
  if (yaml.isMap(document.contents)) document.set('known', document.createNode(Object.fromEntries(sorted)))
  else {
    const whole = { apiVersion: FILE_FORMAT, kind: 'Baseline', known: Object.fromEntries(sorted) }
    document.contents = document.createNode(whole)
  }
  const written = document.toString({ lineWidth: 0 })
  if (Buffer.byteLength(written) <= LONGEST_BASELINE) return written
  throw new RollcallError('usage', `${path} would have more than ${LONGEST_BASELINE / 1024} KiB`, {
    hint: 'suppress a rule for all keys of a pattern, or check some services only',
  })
}
