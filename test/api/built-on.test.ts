import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { expect, it } from 'vitest'

const source = resolve(import.meta.dirname, '../../src')
const ENTRIES = ['index.ts', ...['testing', 'grpc', 'fetch', 'steps'].map((folder) => `${folder}/index.ts`)]

/** What the command line and the server take from the client although no entry exports it, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'client/back-off.ts': 'how long to wait between two tries: no operation of a registry',
  'client/canonical-entries.ts': 'records as they lie in a page, which are valid until the next one is read',
}

const textOf = (file: string): string => readFileSync(join(source, file), 'utf8')
const target = (file: string, specifier: string): string =>
  relative(source, resolve(source, dirname(file), specifier)).replaceAll(sep, '/')
const wordsOf = (list: string): string[] =>
  list.split(',').flatMap((word) => /^\s*(?:type )?(\w+)/.exec(word)?.[1] ?? [])

/** The names that a file hands on from others: each with where it comes from. */
function handedOn(file: string): Map<string, string> {
  const exports = [...textOf(file).matchAll(/export (?:type )?\{([^}]*)\} from '(\.[^']+)'/g)]
  return new Map(exports.flatMap(([, list = '', from = '']) => wordsOf(list).map((name) => [name, target(file, from)])))
}

/** Where a name that a file exports is declared. */
function declaredIn(file: string, name: string): string {
  const from = handedOn(file).get(name)
  return from === undefined ? `${file}#${name}` : declaredIn(from, name)
}

/** What the command line and the server import from the client; of a dynamic import the whole file. */
function imported(): { readonly by: string; readonly file: string; readonly names: readonly string[] }[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll(sep, '/'))
  return files
    .filter((file) => /^(cli|server)\/.*\.ts$/.test(file))
    .flatMap((by) => {
      const text = textOf(by)
      const named = [...text.matchAll(/import (?:type )?\{([^}]*)\} from '(\.[^']+)'/g)].map(
        ([, list = '', from = '']) => ({
          by,
          file: target(by, from),
          names: wordsOf(list),
        }),
      )
      const whole = [...text.matchAll(/import\('(\.[^']+)'\)/g)].map(([, from = '']) => ({
        by,
        file: target(by, from),
        names: [],
      }))
      return [...named, ...whole].filter(({ file }) => file.startsWith('client/'))
    })
}

const offered = new Set(ENTRIES.flatMap((entry) => [...handedOn(entry)].map(([name, from]) => declaredIn(from, name))))

it('builds the command line and the server on what the library exports', () => {
  const missing = imported().flatMap(({ by, file, names }) => {
    if (file in EXCEPTIONS) return []
    if (names.length === 0) return [...offered].some((each) => each.startsWith(`${file}#`)) ? [] : [`${by}: ${file}`]
    return names.filter((name) => !offered.has(declaredIn(file, name))).map((name) => `${by}: ${name} of ${file}`)
  })
  expect(missing).toEqual([])
})

it('has no exception that nothing needs', () => {
  const used = new Set(imported().map(({ file }) => file))
  expect(Object.keys(EXCEPTIONS).filter((file) => !used.has(file))).toEqual([])
  expect(imported().length).toBeGreaterThan(100)
})
