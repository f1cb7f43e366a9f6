import type { AdviceName, OptionName, Wording } from '../model/wording.ts'

const FLAGS: Readonly<Record<OptionName, string>> = {
  aioTtl: '--aio-ttl',
  allNamespaces: '-A',
  backup: '--backup',
  force: '--force',
  'guard.keepMin': '--keep-min',
  'guard.maxPercent': '--max-percent',
  id: '--id',
  keep: '--keep',
  keepAlive: '--keep-alive',
  layout: '--layout',
  namespace: '-n',
  password: 'ROLLCALL_PASSWORD',
  prefix: '--prefix',
  'reasons.emptyNodes': '--empty-nodes',
  replace: '--replace',
  requestTimeout: '--request-timeout',
  'settings.persistent': '--persistent',
  'settings.pod': '--pod',
  'settings.renewInterval': '--renew-interval',
  size: '--journal-size',
  'tls.cacert': '--cacert',
  'tls.cert': '--cert',
  'tls.key': '--key',
  'tls.serverName': '--tls-server-name',
  token: 'ROLLCALL_TOKEN',
  trustClock: '--trust-clock',
  ttl: '--ttl',
  user: '--user',
}

const ADVICE: Readonly<Record<AdviceName, (value: string) => string>> = {
  addressFrom: () => ' rollcall config shows where the address comes from',
  anotherToken: () => 'a --token-file',
  anyToken: () => '--token-file and ROLLCALL_TOKEN',
  backupWriters: () => 'purge, deregister, drain or --prune',
  deregisterHost: () => 'rollcall deregister, with --host for all of a host',
  diagnose: () => 'rollcall doctor',
  everything: () => 'rollcall ls --all lists every instance of every service',
  exportFirst: () => 'export it to a file first: rollcall export --file',
  fields: () => '`rollcall schema Instance`',
  journalFile: () =>
    'name one with --journal FILE: rollcall watch --journal FILE and rollcall serve --journal FILE write it',
  journalWriters: (path) => `rollcall watch --journal ${path} or rollcall serve --journal ${path}`,
  leaseSource: () => 'rollcall get',
  manifest: () => 'rollcall verify --init writes one',
  ownPod: () => '--pod "$HOSTNAME"',
  planFile: () => 'rollcall purge --plan',
  purgeByRule: () => 'name the rules to purge by with --rule, by the codes that check-keys shows',
  purgeExpired: () => 'rollcall purge --status expired',
  purgeForeign: () => 'run rollcall purge --rule itself',
  restoreFrom: (path) => `rollcall restore ${path}`,
  revisionSource: () => 'use one that ls -o json or watch printed',
  setOffline: () => 'rollcall offline',
  tags: () => 'leave out --tag; -l selects by metadata',
  textOfRevision: () => 'ls -o json',
  undo: () => 'rollcall undo',
  watch: () => 'rollcall watch',
}

/** What the options of the library are on the command line. */
export const flagWording: Wording = {
  option: (name, value) => {
    if (value === undefined) return FLAGS[name]
    return `${FLAGS[name]} ${typeof value === 'number' ? `${value / 1000}s` : value === '' ? "''" : (value ?? 'none')}`
  },
  secret: (name, variable) => {
    const variables = [FLAGS[name], ...(variable === undefined ? [] : [variable])]
    return `${variables.join(', ')} or a --${name}-file`
  },
  advice: (name, value) => ADVICE[name](value),
}
