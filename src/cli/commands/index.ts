import { type CommandEntry, entryOf } from '../command.ts'

/** Every command, in the order of the help text. Adding one is a file and a line. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'ls',
    aliases: ['list'],
    summary: 'services with counts; the instances of a service; every instance',
    load: async () => (await import('./ls.ts')).ls,
  },
  {
    name: 'get',
    aliases: ['describe'],
    summary: 'everything known about an instance',
    load: async () => (await import('./get.ts')).get,
  },
  {
    name: 'register',
    summary: 'register an instance, once or with a heartbeat',
    load: async () => (await import('./register.ts')).register,
  },
  {
    name: 'run',
    summary: 'run a command, and keep an instance registered while it runs',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'renew',
    summary: 'send one heartbeat, or one at an interval',
    load: async () => (await import('./renew.ts')).renew,
  },
  {
    name: 'deregister',
    aliases: ['rm', 'delete'],
    summary: 'remove instances, or one stored key, after a backup',
    load: async () => (await import('./deregister.ts')).deregister,
  },
  {
    name: 'offline',
    summary: 'take instances out of traffic and keep their records',
    load: async () => (await import('./offline.ts')).offline,
  },
  {
    name: 'online',
    summary: 'put instances back into traffic',
    load: async () => (await import('./offline.ts')).online,
  },
  {
    name: 'drain',
    summary: 'take what has an endpoint on a host out of traffic, and back',
    load: async () => (await import('./drain.ts')).drain,
  },
  {
    name: 'watch',
    summary: 'a snapshot, then every change as it comes',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    name: 'top',
    summary: 'the live screen: services, hosts, instances, and what to do with them',
    load: async () => (await import('./top.ts')).top,
  },
  {
    name: 'wait',
    summary: 'wait until services have enough instances',
    load: async () => (await import('./wait.ts')).wait,
  },
  {
    name: 'verify',
    summary: 'hold a manifest against the registry; write one of what is there',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'history',
    summary: 'from a journal: who came, went and flapped, and what was there at a time',
    load: async () => (await import('./history.ts')).history,
  },
  {
    name: 'pick',
    summary: 'one endpoint of an instance that is up, by a strategy',
    load: async () => (await import('./pick.ts')).pick,
  },
  {
    name: 'health',
    summary: 'ask the instances themselves whether they are healthy',
    load: async () => (await import('./health.ts')).health,
  },
  {
    name: 'doctor',
    summary: 'whether the registry itself is well, server by server, and what to do',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'stats',
    summary: 'counts by service, status, scheme, version and layout',
    load: async () => (await import('./stats.ts')).stats,
  },
  {
    name: 'report',
    summary: 'one page with all of it, for a mail or an incident',
    load: async () => (await import('./report.ts')).report,
  },
  {
    name: 'check-keys',
    summary: 'malformed and hazardous records, with cause, owner and fix',
    load: async () => (await import('./check-keys.ts')).checkKeys,
  },
  {
    name: 'diff',
    summary: 'compare registries, exports and manifests',
    load: async () => (await import('./diff.ts')).diff,
  },
  {
    name: 'export',
    summary: 'every instance, or some, as a file that import reads',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  {
    name: 'import',
    summary: 'register the instances of an export, those that are not there yet',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'copy',
    summary: 'from one registry to another, once or with every change',
    load: async () => (await import('./copy.ts')).copy,
  },
  {
    name: 'context',
    summary: 'named registries: add, use, list, show and remove them',
    load: async () => (await import('./context.ts')).contextCommand,
  },
  {
    name: 'config',
    summary: 'each setting in force and where it came from',
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'trust',
    summary: 'allow secrets for the registry that a project file names',
    load: async () => (await import('./trust.ts')).trust,
  },
  {
    name: 'purge',
    summary: 'remove dead or malformed records, after a plan and a backup',
    load: async () => (await import('./purge.ts')).purge,
  },
  {
    name: 'apply',
    summary: 'carry out a plan that purge --plan wrote',
    load: async () => (await import('./apply.ts')).apply,
  },
  {
    name: 'undo',
    summary: 'take back the newest removal or change of status',
    load: async () => (await import('./undo.ts')).undo,
  },
  {
    name: 'restore',
    summary: 'put removed records back, byte for byte',
    load: async () => (await import('./restore.ts')).restore,
  },
  {
    name: 'serve',
    summary: 'the HTTP API over the registry',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'monitor',
    summary: 'mark AIO records that are not renewed as down',
    load: async () => (await import('./monitor.ts')).monitor,
  },
  {
    name: 'token',
    summary: 'access tokens for `serve`, each with a role',
    load: async () => (await import('./token.ts')).token,
  },
  {
    name: 'schema',
    summary: 'the JSON Schema of what -o json prints',
    load: async () => (await import('./schema.ts')).schema,
  },
  {
    name: 'completion',
    summary: 'shell script that completes commands, flags, services and ids',
    load: async () => (await import('./completion.ts')).completion(commands),
  },
  {
    name: 'version',
    summary: 'the version of rollcall and of Node',
    load: async () => (await import('./version.ts')).version,
  },
]

/** The names and aliases of all of them. */
export const commandNames: readonly string[] = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases])

/** The entry of that name or alias. */
export function findCommand(name: string): CommandEntry | undefined {
  return entryOf(commands, name)
}
