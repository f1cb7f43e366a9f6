import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** For esbuild: files that look for others beside them find them as before. */
export const inPlace = {
  name: 'in-place',
  setup(bundling) {
    bundling.onLoad({ filter: /(?:bench|servers)[\\/].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
      loader: 'ts',
    }))
  },
}
