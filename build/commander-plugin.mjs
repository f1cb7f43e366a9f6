/**
 * Commander loads node:child_process for sub-commands that are programs of their own. There are none here, and Node
 * takes longer to load it than commander to read a command line.
 */
export function commanderPlugin() {
  return {
    name: 'commander',
    setup(build) {
      build.onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
        /[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'never-used' } : undefined,
      )
      build.onLoad({ filter: /.*/, namespace: 'never-used' }, () => ({ contents: 'module.exports = {}' }))
    },
  }
}
