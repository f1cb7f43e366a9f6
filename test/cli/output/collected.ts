import type { Io, Output } from '../../../src/cli/io.ts'

/** Where output goes in these tests: everything written, and each write by itself. */
export interface Collected extends Output {
  readonly writes: string[]
  text(): string
}

/** `columns` makes it a terminal. */
export function collected(columns?: number): Collected {
  const writes: string[] = []
  return {
    isTerminal: columns !== undefined,
    columns,
    writes,
    write: async (text) => void writes.push(text),
    text: () => writes.join(''),
  }
}

export function ioOf(stdout: Output, env: Io['env'] = {}): Pick<Io, 'stdout' | 'stderr' | 'env'> {
  return { stdout, stderr: collected(), env }
}
