/** The command line as one CommonJS file rollcall.cjs in a folder, with its libraries beside it. */
export function bundle(folder: string): Promise<import('esbuild').Metafile>
