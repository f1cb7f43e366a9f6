import { RollcallError } from './errors.ts'

/** The format of the files that people keep, as their `apiVersion` names it. */
export const FILE_FORMAT = 'rollcall/v1'
/** What to do with a file of a format that is not known here. */
export const USE_NEWER = 'it was created by a newer rollcall: use that one'

/** That a file has a format that is not known here. */
export function formatText(path: string, found: unknown, known: string | number): string {
  return `${path} has format ${String(found)}, but this rollcall reads format ${known}`
}

/** Whether an `apiVersion` is that of another version of these files; false for whatever else it may be. */
export function isOtherFormat(apiVersion: unknown): apiVersion is string {
  return typeof apiVersion === 'string' && /^rollcall\/v\d+$/.test(apiVersion) && apiVersion !== FILE_FORMAT
}

/** @throws RollcallError `usage` for the content of a file, or each of several, that is of another format */
export function requireFormat(path: string, content: unknown): void {
  for (const each of Array.isArray(content) ? content : [content]) {
    const { apiVersion } = (each ?? {}) as { readonly apiVersion?: unknown }
    if (isOtherFormat(apiVersion))
      throw new RollcallError('usage', formatText(path, apiVersion, FILE_FORMAT), { hint: USE_NEWER })
  }
}
