/** The command line as one CommonJS file: all of it but the packages that have native parts. */
export function bundle(outfile: string): Promise<import('esbuild').Metafile>
