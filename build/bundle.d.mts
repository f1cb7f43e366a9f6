import type { BuildOptions, Metafile } from 'esbuild'

/**
 * The command line as one CommonJS file rollcall.cjs in a folder, with its libraries beside it. What esbuild says of it, and of
 * them.
 */
export function bundle(
  folder: string,
  options?: Pick<BuildOptions, 'sourcemap'>,
): Promise<{ readonly metafile: Metafile; readonly libraries: readonly Metafile[] }>
