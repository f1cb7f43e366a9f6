/** Puts start.cjs beside the rollcall.cjs of a folder, and the texts that it prints. */
export function writeStart(folder: string): Promise<void>
