import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = resolve(import.meta.dirname, '../src')

/** What each folder of src may import from. A backend's own folder is always allowed. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  model: [],
  layouts: ['model'],
  lint: ['model', 'layouts'],
  reports: ['model'],
  balance: ['model'],
  backends: ['model', 'layouts', 'lint'],
  config: ['model', 'reports', 'backends'],
  client: ['model', 'reports', 'balance', 'lint', 'backends', 'config'],
  server: ['model', 'layouts', 'lint', 'reports', 'backends', 'config', 'client'],
  cli: ['model', 'layouts', 'lint', 'reports', 'balance', 'backends', 'config', 'client', 'server'],
  testing: ['model', 'backends', 'client', 'config'],
  grpc: ['model', 'balance', 'client'],
  fetch: ['model', 'balance', 'client'],
  'index.ts': ['model', 'balance', 'lint', 'reports', 'backends', 'client', 'config'],
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '')
  return specifiers.map((specifier) => relative(source, resolve(source, dirname(file), specifier)))
}

const room = (file: string): string => file.split(sep)[0] ?? file
const backendOf = (file: string): string | undefined => /^backends\/([^/]+)\//.exec(file.replaceAll(sep, '/'))?.[1]

/** Every file with those that it imports, types included. */
const graph = new Map(files.map((file) => [file, importsOf(file)]))

/** One circle of imports for each knot of files that import one another: `a.ts → b.ts → a.ts`. */
function circles(): string[] {
  const [done, path, found] = [new Set<string>(), new Array<string>(), new Set<string>()]
  const visit = (file: string): void => {
    const at = path.indexOf(file)
    if (at >= 0) found.add([...path.slice(at), file].join(' → '))
    if (at >= 0 || done.has(file)) return
    path.push(file)
    for (const imported of graph.get(file) ?? []) visit(imported)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return [...found]
}

/** Exported types, interfaces and classes by name, with the files that declare one of that name. */
function exportedTypes(): Map<string, string[]> {
  const types = new Map<string, string[]>()
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8')
    const names = text.matchAll(/^export (?:declare )?(?:abstract )?(?:type|interface|class|enum) (\w+)/gm)
    for (const name of new Set([...names].map((match) => match[1] ?? '')))
      types.set(name, [...(types.get(name) ?? []), file])
  }
  return types
}

const matching = (pattern: RegExp) => files.filter((file) => pattern.test(readFileSync(join(source, file), 'utf8')))

describe('the house', () => {
  it('has imports that point one way', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter(
          (imported) =>
            !imported.startsWith('..') &&
            room(imported) !== room(file) &&
            !allowed[room(file)]?.includes(room(imported)),
        )
        .map((imported) => `${file} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  it('has no imports that go in a circle, types included', () => {
    expect(circles()).toEqual([])
  })

  it('gives a name to one exported type alone', () => {
    const twice = [...exportedTypes()].filter(([, places]) => places.length > 1)
    expect(twice.map(([name, places]) => `${name}: ${places.join(', ')}`)).toEqual([])
  })

  it('puts signals together in model/signals, where garbage collection does not undo them', () => {
    expect(matching(/AbortSignal\.(any|timeout)\(/)).toEqual(['model/signals.ts'])
  })

  it('has backends that know no other backend', () => {
    const wrong = files.flatMap((file) => {
      const own = backendOf(file)
      if (own === undefined) return []
      const others = importsOf(file).filter(
        (imported) => ![undefined, own, 'contract', 'kv', 'catalogue'].includes(backendOf(imported)),
      )
      return others.map((imported) => `${file} imports ${imported}`)
    })
    expect(wrong).toEqual([])
  })

  it('has a contract of backends that knows none of them', () => {
    const wrong = files.flatMap((file) =>
      backendOf(file) !== 'contract'
        ? []
        : importsOf(file)
            .filter((imported) => room(imported) === 'backends' && backendOf(imported) !== 'contract')
            .map((imported) => `${file} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  it('has a client of ZooKeeper that knows nobody, and that others know by its public face alone', () => {
    const own = join('backends', 'zookeeper', 'client') + sep
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => file.startsWith(own) !== imported.startsWith(own))
        .filter((imported) => file.startsWith(own) || imported !== `${own}index.ts`)
        .map((imported) => `${file} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  it('ends the process in one place and touches its streams in another', () => {
    expect(matching(/process\.exit\b/)).toEqual([join('cli', 'main.ts')])
    expect(matching(/process\.(stdin|stdout|stderr)\b|\bconsole\./)).toEqual([join('cli', 'io.ts')])
  })

  it('has files that are read without scrolling back', () => {
    const long = files.filter((file) => readFileSync(join(source, file), 'utf8').split('\n').length > 250)
    expect(long).toEqual([])
  })

  it('knows exactly the files it looks at', () => {
    expect(files.length).toBeGreaterThan(30)
    expect(new Set(files.map(room))).toEqual(new Set(Object.keys(allowed)))
  })
})
