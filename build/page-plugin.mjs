import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const READING = "readFileSync(join(import.meta.dirname, name), 'utf8')"

/** Lets a bundle hold the web page: its files stand in the place of reading them. */
export function pagePlugin() {
  return {
    name: 'page',
    setup(build) {
      build.onLoad({ filter: /server[\\/]page[\\/]files\.ts$/ }, ({ path }) => ({
        contents: withContents(readFileSync(path, 'utf8'), dirname(path)),
        loader: 'ts',
      }))
    },
  }
}

function withContents(source, folder) {
  if (!source.includes(READING)) throw new Error('the page no longer reads its files as it did')
  const names = readdirSync(folder).filter((name) => name !== 'files.ts')
  const contents = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
  return source.replace(READING, () => `(${JSON.stringify(contents)} as Record<string, string>)[name]!`)
}
