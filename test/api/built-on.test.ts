import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { expect, it } from 'vitest'

const source = resolve(import.meta.dirname, '../../src')
const ENTRIES = ['index.ts', ...['testing', 'grpc', 'fetch'].map((folder) => `${folder}/index.ts`)]

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

/** What the command line and the server import from the client; of a dynamic import that names nothing the whole file. */
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
      const whole = [...text.matchAll(/(?:const \{([^}]*)\} = await )?import\('(\.[^']+)'\)/g)].map(
        ([, list = '', from = '']) => ({
          by,
          file: target(by, from),
          names: wordsOf(list),
        }),
      )
      return [...named, ...whole].filter(({ file }) => file.startsWith('client/'))
    })
}

const offered = new Set(ENTRIES.flatMap((entry) => [...handedOn(entry)].map(([name, from]) => declaredIn(from, name))))

/** What the command line and the server take of the client beside the exports, as `file#name`. */
function beside(): string[] {
  const taken = imported().flatMap(({ by, file, names }) => {
    if (names.length > 0) return names.map((name) => ({ by, name: declaredIn(file, name) }))
    const isOffered = [...offered].some((each) => each.startsWith(`${file}#`))
    return isOffered ? [] : [{ by, name: file }]
  })
  return taken.filter(({ name }) => !offered.has(name)).map(({ by, name }) => `${by} takes ${name}`)
}

it('builds the command line and the server on what the library exports, and on nothing else of the client', () => {
  expect(beside()).toEqual([])
  expect(imported().length).toBeGreaterThan(100)
})
