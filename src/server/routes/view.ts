import type { FastifyInstance } from 'fastify'
import { prefixInUse } from '../../backends/prefix-in-use.ts'
import type { Client } from '../../client/client.ts'
import { FAILURE, success } from '../answer.ts'
import { type Identity, hasRole, isForAll } from '../authenticate.ts'
import { ACTIONS, type ChangeAction } from '../changes/planned.ts'
import type { ServerContext } from '../context.ts'
import { viewOf } from '../instance-view.ts'
import { RefusedRequest } from '../refusal.ts'
import { registryName } from '../registry.ts'
import { open } from '../record-schemas.ts'
import { answers, instanceQuery } from '../schemas.ts'

interface Detailing {
  Querystring: { readonly service: string; readonly id: string }
}

/** What the web page needs besides the instances: where it is, what its token may do, and all that is known of one instance. */
export function viewRoutes(app: FastifyInstance, { client, registryOf, journal }: ServerContext): void {
  app.get(
    '/view',
    {
      config: { role: 'viewer' },
      schema: { summary: 'which registry this is, and what the token may do here', response: answers(open) },
    },
    ({ identity }) => {
      const prefix = prefixInUse(client.target)
      return success({
        registry: registryName(client),
        kind: client.target.driver,
        ...(prefix !== undefined && { prefix }),
        token: identity.name,
        role: identity.role,
        services: identity.services,
        journal: journal !== undefined,
        actions: actionsOf(client, identity),
      })
    },
  )

  app.get<Detailing>(
    '/instance',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'an instance with all that the registry itself says of it: TTL, lease, owner, keys',
        querystring: instanceQuery,
        response: answers(open),
      },
    },
    async (request) => {
      const { service, id } = request.query
      const registry = registryOf(request)
      registry.require(service)
      const [entry] = await client.find({ service, id }, { detail: true })
      if (!entry) throw new RefusedRequest(FAILURE.notFound, 'service not found')
      const { observed } = entry
      // A lease can have keys of services that the token is not for.
      const own = isForAll(registry.identity) ? entry : { ...entry, observed: { ...observed, leaseKeys: [] } }
      return success(viewOf(client, own, true))
    },
  )
}

/** The changes that a token may plan here and that this registry can make. */
function actionsOf({ capabilities }: Client, identity: Identity): ChangeAction[] {
  if (!hasRole(identity, 'editor')) return []
  const { offline, restore } = capabilities
  const able: Readonly<Record<ChangeAction, boolean>> = {
    offline,
    online: offline,
    deregister: true,
    drain: offline || restore,
    'purge-malformed': true,
    undo: offline || restore,
  }
  return ACTIONS.filter((action) => able[action])
}
