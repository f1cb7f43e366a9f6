import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { expect, it } from 'vitest'

const source = resolve(import.meta.dirname, '../../src')
const ENTRIES = ['index.ts', ...['testing', 'grpc', 'fetch'].map((folder) => `${folder}/index.ts`)]

/**
 * What the command line and the server take from the client although no entry exports it: parts of operations that are exported, which
 * they put together in another way because a person is asked in between, or because files, contexts or streams are theirs alone.
 */
const PARTS: readonly { readonly why: string; readonly of: Readonly<Record<string, string>> }[] = [
  {
    why: 'A copy that prunes, follows, and tells of each batch. `exportInstances` and `importInstances` are the operations',
    of: {
      'client/copy/copy.ts': 'carry copyInto',
      'client/copy/follow.ts': 'Follower',
      'client/copy/present.ts': 'Present',
    },
  },
]
const parts = new Set(
  PARTS.flatMap(({ of }) => Object.entries(of)).flatMap(([file, names]) =>
    names.split(' ').map((name) => `${file}#${name}`),
  ),
)

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
function beside(): Set<string> {
  const taken = imported().flatMap(({ file, names }) => {
    if (names.length > 0) return names.map((name) => declaredIn(file, name))
    const isKnown = [...offered, ...parts].some((each) => each.startsWith(`${file}#`))
    return isKnown ? [] : [file]
  })
  return new Set(taken.filter((each) => !offered.has(each)))
}

it('builds the command line and the server on what the library exports, and on the parts of it that are named here', () => {
  expect([...beside()].filter((each) => !parts.has(each))).toEqual([])
  expect(imported().length).toBeGreaterThan(100)
})

it('names no part that nothing needs, and none that is exported', () => {
  const taken = beside()
  expect([...parts].filter((each) => !taken.has(each))).toEqual([])
})
