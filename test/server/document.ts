/**
 * The HTTP document of the AIO registry, as far as a test reads it: each section's method, path, request body and the
 * answer it shows. `fixtures/aio-http-api.md` holds it word for word.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Section {
  readonly title: string
  readonly method: string
  readonly path: string
  readonly admin: boolean
  readonly body?: unknown
  readonly answers: readonly unknown[]
}

const text = readFileSync(join(import.meta.dirname, '../fixtures/aio-http-api.md'), 'utf8')

/** Every section that describes a route, in order. */
export const sections: readonly Section[] = text
  .split(/^### /m)
  .slice(1)
  .flatMap((part) => {
    const [title = ''] = part.split('\n')
    const [, method, path] = /\*\*(GET|PUT|POST|DELETE)\*\* `([^`]+)`/.exec(part) ?? []
    if (!method || !path) return []
    const examples = [...part.matchAll(/```json\n([^]*?)```/g)].map(([, json = '']) => JSON.parse(strict(json)))
    const [body, answers] = method === 'POST' ? [examples[0], examples.slice(1)] : [undefined, examples]
    return [{ title, method, path, admin: /管理员角色/.test(part), ...(body ? { body } : {}), answers }]
  })

/** The document leaves parts out with dots, and explains in comments. */
function strict(json: string): string {
  return json
    .replaceAll(/,?\s*\.\.\.\s*(?=[}\]])/g, '')
    .replaceAll(/,?\s*\/\/.*$/gm, (match) => (match.trimStart().startsWith(',') ? ',' : ''))
}
