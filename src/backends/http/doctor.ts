import type { Diagnosis } from '../../model/diagnosis.ts'
import { advice } from '../../model/wording.ts'
import { ownCertificate } from '../contract/certificate.ts'
import { type DiagnoseContext, type Diagnoses, inOrder, tried } from '../contract/diagnose.ts'
import { diagnoseServer } from '../contract/diagnose-server.ts'
import { HttpCalls } from '../contract/http-calls.ts'
import { HttpFailure } from '../contract/http-failure.ts'
import { type Tls, readTls } from '../contract/tls.ts'
import { HttpApi } from './api.ts'
import { describeServer } from './open.ts'
import { isJsonObject, parsed } from './protocol.ts'
import type { Description } from './wire.ts'

/** Each server: what it is, whether it has read its registry, and the rights of the token. */
export async function* diagnose(context: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { target, logger } = context
  yield* await ownCertificate(context)
  const tls = target.tls && (await readTls('http', target.tls))
  const apis = target.endpoints.map((endpoint) => new HttpApi({ ...target, endpoints: [endpoint] }, tls, logger))
  try {
    const looks = apis.map((api) => lookAt(context, api, target.secure ? (tls ?? undefined) : undefined))
    for await (const diagnoses of inOrder(looks)) yield* diagnoses
  } finally {
    for (const api of apis) api[Symbol.dispose]()
  }
}

async function lookAt(context: DiagnoseContext, api: HttpApi, tls: Tls | undefined): Promise<readonly Diagnosis[]> {
  const [endpoint = ''] = api.target.endpoints
  let description: Description | undefined
  const server = await diagnoseServer(context, {
    endpoint,
    ask: async (signal) => {
      description = await describeServer(api, signal)
    },
    serverTime: () => api.serverTime,
    tls,
  })
  const { about, diagnoses, isReachable } = server
  if (!isReachable) return diagnoses
  if (!description) return [...diagnoses, about.ok('registry', "another server of the AIO registry's API")]
  return [...diagnoses, ...described(about, description), ...(await readiness(context, about, tls))]
}

/** Pure. */
function described({ ok, warning }: Diagnoses, description: Description): Diagnosis[] {
  const { driver, layout, prefix, version, role, services = [] } = description
  const where = layout === undefined ? '' : `, written in layout ${layout} under ${prefix}`
  const which = services.length === 0 ? 'all services' : services.join(', ')
  return [
    ...(version === undefined ? [] : [ok('version', `rollcall ${version}`)]),
    ok('registry', `serves a registry of kind ${driver}${where}`),
    ...(role === undefined
      ? []
      : [
          ok('read', `the token has the role ${role}, for ${which}`),
          role === 'viewer'
            ? warning(
                'write',
                'the role viewer has no permission to write',
                'rollcall token add NAME --role editor, on the server, makes a token that has; one who only reads needs none',
              )
            : ok('write', `the role ${role} has permission to write, for ${which}`),
        ]),
  ]
}

/** Whether it has read the registry behind it, and still reaches it. */
async function readiness(
  context: DiagnoseContext,
  about: Diagnoses,
  tls: Tls | undefined,
): Promise<readonly Diagnosis[]> {
  const { requestTimeout: timeout, secure } = context.target
  return await tried(context, about, 'readiness', async (signal) => {
    using calls = new HttpCalls({ tls })
    try {
      const url = new URL(`${secure ? 'https' : 'http'}://${about.subject}/readyz`)
      const { status, text } = await calls.text({ url, timeout, signal })
      const body = parsed(text)
      const said = isJsonObject(body) ? String(body['status']) : `HTTP ${status}`
      if (status === 200 && said === 'ok') return about.ok('readiness', 'it reaches its registry')
      if (status === 404) return about.unknown('readiness', 'what is in front of it does not pass /readyz on')
      return about.error('readiness', said, `run ${advice('diagnose')} on the registry behind it`)
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
      return about.unknown('readiness', error.message)
    }
  })
}
