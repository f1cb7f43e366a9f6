/** What libraries load and nobody here uses: Node's module takes longer to load than commander to read a command line. */
const NEVER_USED = [
  // Sub-commands that are programs of their own.
  { importer: /[\\/]commander[\\/]/, path: /^node:child_process$/ },
  // Prompts that open an editor, in whatever encoding: a fifth of the bundle.
  { importer: /[\\/]external-editor[\\/]/, path: /^(?:iconv-lite|chardet)$/ },
  // Requests to a server that does not listen, for tests; and logs that another thread writes.
  { importer: /[\\/]fastify[\\/]/, path: /^light-my-request$/ },
  { importer: /[\\/]pino[\\/]/, path: /^thread-stream$/ },
]

/** Puts nothing in their place. */
export function neverUsedPlugin() {
  return {
    name: 'never-used',
    setup(build) {
      for (const each of NEVER_USED)
        build.onResolve({ filter: each.path }, ({ path, importer }) =>
          each.importer.test(importer) ? { path, namespace: 'never-used' } : undefined,
        )
      build.onLoad({ filter: /.*/, namespace: 'never-used' }, () => ({ contents: 'module.exports = {}' }))
    },
  }
}
