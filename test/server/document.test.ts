import { expect, it } from 'vitest'
import { sections, type Section } from './document.ts'
import { type Ground, onEmbeddedAndEtcd } from './ground.ts'

const registration = sections.find(({ method }) => method === 'POST')?.body as { name: string; address: string }

/** The path with what it names in this registry. */
function pathOf({ path }: Section, id: string): string {
  return path.replace(':serviceID', id).replace(':serviceName', registration.name)
}

/** What holds what this registry holds. */
const OPEN = new Set(['metadata', 'service_stats', 'protocols', 'statuses', 'user-service'])

/** What an example says of each field: of constants the value, of anything else the type, deeply. */
function shapeOf(example: unknown): unknown {
  if (Array.isArray(example)) return expect.any(Array)
  if (typeof example === 'object' && example !== null) {
    const fields = Object.entries(example).filter(([name]) => name !== 'order-service')
    return expect.objectContaining(
      Object.fromEntries(fields.map(([name, value]) => [name, OPEN.has(name) ? expect.anything() : shapeOf(value)])),
    )
  }
  if (typeof example === 'number') return expect.any(Number)
  if (typeof example === 'boolean') return example
  if (/^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(String(example)))
    return expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/)
  if (/^(\d+h)?(\d+m)?\d+s$/.test(String(example)))
    return expect.stringMatching(/^((\d+h\d+m|\d+m)?\d+(\.\d+)?s|\d+ms)$/)
  if (/^user-service-[0-9a-f-]+$/.test(String(example))) return expect.stringMatching(/^user-service-[0-9a-f]{16}$/)
  return example
}

await onEmbeddedAndEtcd("the document's requests", (open) => {
  it.each(sections)('$title: $method $path', async (section) => {
    await using ground: Ground = await open()
    const id = section.method === 'POST' ? '' : await ground.register(registration.name, 8080, registration)
    const answer = await ground.ask(section.method, pathOf(section, id), section.body)
    const { code, msg, data } = section.answers[0] as { code: number; msg: string; data: unknown }
    expect(answer).toMatchObject({ status: 200, code, msg })
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.data).toEqual(shapeOf(data))
  })

  it('what was registered is answered as the document shows it', async () => {
    await using ground = await open()
    const id = await ground.register(registration.name, 8080, registration)
    const { data } = await ground.get(`/services/${id}`)
    expect(data).toMatchObject(registration)
    expect((await ground.get('/services')).data).toEqual([registration.name])
    expect((await ground.get(`/discovery/${registration.name}`)).data).toEqual([data])
    expect((await ground.get('/admin/all')).data).toEqual({ [registration.name]: [data] })
    expect((await ground.get(`/services/${registration.name}/stats`)).data).toMatchObject({
      total_instances: 1,
      healthy_instances: 1,
      unhealthy_instances: 0,
      protocols: { http: 1 },
      statuses: { active: 1 },
      instances: [data],
    })
  })
})

it('finds all eleven routes of the document', () => {
  expect(sections.map(({ method, path }) => `${method} ${path}`)).toHaveLength(11)
})
