import type { FastifyInstance, FastifyRequest } from 'fastify'

const OF_BODIES = ['content-type', 'content-length', 'transfer-encoding'] as const

/**
 * Of routes that take no body: whatever comes with a request is passed over, whatever type it has, and whether it is empty or not,
 * as AIO's own server does. Many clients send a content type with every request.
 */
export const noBody = {
  async onRequest({ raw }: FastifyRequest): Promise<void> {
    for (const name of OF_BODIES) delete raw.headers[name]
  },
} as const

const WHOLE = /^[+-]?\d{1,15}$/
/** `metadata[zone]` and `metadata.zone`. */
const OF_METADATA = /^metadata(?:\[([^\]]*)\]|\.(.*))$/s

/** Lets the routes that follow take their body as a form, too: AIO's own server does. */
export function takeForms(app: FastifyInstance): void {
  const type = 'application/x-www-form-urlencoded'
  app.addContentTypeParser(type, { parseAs: 'string' }, (_, text, done) => done(null, registrationIn(String(text))))
}

/** The fields of a registration as a JSON body has them; of two alike the last one counts. */
function registrationIn(text: string): object {
  const body: Record<string, unknown> = Object.create(null)
  const metadata: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const [, inBrackets, behindDot] = OF_METADATA.exec(name) ?? []
    const key = inBrackets ?? behindDot
    if (key !== undefined) metadata[key] = value
    else if (name === 'weight') body[name] = WHOLE.test(value) ? Number(value) : value
    else body[name] = value
  }
  return { metadata, ...body }
}
