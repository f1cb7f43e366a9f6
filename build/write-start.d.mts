/** Puts start.cjs beside the rollcall.cjs of a folder. */
export function writeStart(folder: string): Promise<void>
