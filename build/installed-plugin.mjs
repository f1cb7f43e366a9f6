import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Packages that the library takes from where it is installed, each with the packages on the way to it. */
const INSTALLED = {
  etcd3: [],
  // The very copies that etcd3 uses: it compares by class.
  '@grpc/grpc-js': ['etcd3'],
  cockatiel: ['etcd3'],
  consul: [],
  '@photostructure/sqlite': [],
}

/**
 * Lets a bundle find packages when it runs, also one that a user makes of the library: etcd3 reads a file that lies beside it, and
 * SQLite has a native part, so no bundler can hold them. They are CommonJS.
 */
export function installedPlugin() {
  return {
    name: 'installed',
    resolveId: (id) => (id in INSTALLED || id === FINDER ? `${PREFIX}${id}` : undefined),
    load(id) {
      if (!id.startsWith(PREFIX)) return undefined
      const name = id.slice(PREFIX.length)
      return name === FINDER ? FINDING : moduleOf(name, [...INSTALLED[name], name])
    },
  }
}

const FINDER = 'installed'
const PREFIX = '\0installed:'

// In a bundle that is CommonJS, import.meta has no URL.
const FINDING = `
  import { createRequire } from 'node:module'
  export function installed(...way) {
    const wanted = way.pop()
    let require = createRequire(import.meta.url ?? __filename)
    for (const name of way) require = createRequire(require.resolve(name))
    return require(wanted)
  }
`

/** ESM with the names that the package has: what a package of CommonJS exports shows only when it runs. */
function moduleOf(name, way) {
  const names = Object.keys(require(name)).filter((each) => /^[A-Za-z_$][\w$]*$/.test(each) && each !== 'default')
  return `
    import { installed } from '${FINDER}'
    const found = installed(${way.map((each) => JSON.stringify(each)).join(', ')})
    export default found
    export const { ${names.join(', ')} } = found
  `
}
