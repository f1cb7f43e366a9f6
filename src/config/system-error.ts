/** `ENOENT`, `EACCES`, … of a failed system call. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause'
}
