import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const guide = join(import.meta.dirname, '../../examples/guide')
const types = join(import.meta.dirname, '../../examples/types')

/** Registers, discovers, watches and closes, as the README has it, and then has nothing more to do. */
const BODY = `
  const registry = await connect(process.argv[2] ?? 'memory:')
  const watcher = registry.watch('orders')
  const ids = (instances: readonly ServiceInstance[]): string => instances.map(({ id }) => id).join() || 'none'

  console.log('watched', ids(await watcher.next()))
  const kept = await registry.register({ name: 'orders', id: 'orders-1', endpoints: ['grpc://10.0.0.7:9000'] })
  console.log('watched', ids(await watcher.next()))
  console.log('found', ids(await registry.getService('orders')))
  await kept[Symbol.asyncDispose]()
  console.log('watched', ids(await watcher.next()))
  await watcher.stop()
  await registry[Symbol.asyncDispose]()
`
const IMPORT = "import { connect, type ServiceInstance } from 'rollcall'"

/** The same program, as TypeScript of both kinds, by file name. */
export const PROGRAMS = {
  'esm.ts': `${IMPORT}\n${BODY}`,
  'common.cts': `${IMPORT}\nasync function main(): Promise<void> {${BODY}}\nvoid main()\n`,
  // As JavaScript has it that knows of no ESM.
  'plain.cjs': `const { connect } = require('rollcall')\nasync function main() {${BODY.replace(/: (?:readonly ServiceInstance\[\]|string)/g, '')}}\nmain()\n`,
}

export const PRINTED = ['watched none', 'watched orders-1', 'found orders-1', 'watched none']
  .map((line) => `${line}\n`)
  .join('')

/** The programs of the guide, by name, without the ending. */
export const GUIDE: readonly string[] = (await readdir(guide)).map((file) => file.replace('.ts', ''))

/** Each of them as TypeScript of both kinds, by file name: `cache.ts` and `cache-common.cts`. */
export async function guidePrograms(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const name of GUIDE) {
    const text = await readFile(join(guide, `${name}.ts`), 'utf8')
    files.set(`${name}.ts`, text)
    files.set(`${name}-common.cts`, asCommonJs(text))
  }
  return files
}

/** What the reference shows of each type, by file name, but for what needs gRPC, which is not there. */
export async function typePrograms(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const file of await readdir(types)) {
    const text = await readFile(join(types, file), 'utf8')
    if (!text.includes('@grpc/')) files.set(`types-${file}`, text)
  }
  return files
}

/** CommonJS waits for nothing outside of a function. */
function asCommonJs(text: string): string {
  const lines = text.split('\n')
  const imports = lines.filter((line) => line.startsWith('import '))
  const body = lines.filter((line) => !line.startsWith('import '))
  return `${imports.join('\n')}\nasync function main(): Promise<void> {\n${body.join('\n')}\n}\nvoid main()\n`
}
