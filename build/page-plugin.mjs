import { readFileSync, readdirSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { transformSync } from 'esbuild'

const READING = "readFileSync(join(import.meta.dirname, name), 'utf8')"

/** Lets a bundle hold the web page: its files stand in the place of reading them, without what browsers do not need. */
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
  const contents = Object.fromEntries(
    names.map((name) => [name, small(name, readFileSync(join(folder, name), 'utf8'))]),
  )
  return source.replace(READING, () => `(${JSON.stringify(contents)} as Record<string, string>)[name]!`)
}

/** What a script exports keeps its name. */
function small(name, content) {
  const loader = { '.js': 'js', '.css': 'css' }[extname(name)]
  return loader === undefined ? content : transformSync(content, { loader, minify: true }).code
}
