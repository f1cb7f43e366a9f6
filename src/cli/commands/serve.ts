import { appendFile, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { domainToASCII } from 'node:url'
import { isLoopback, parseAddress } from '../../model/address.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { journalOptions, openJournal } from '../args/journal.ts'
import { list, toggle, value, wholeNumber } from '../args/options.ts'
import { requireWritable } from '../change/confirmation.ts'
import { type Context, command, ended } from '../command.ts'
import { cleanQuoted } from '../output/text.ts'

export const serve = command({
  name: 'serve',
  usage: '',
  examples: [
    { line: 'rollcall serve', does: 'at 127.0.0.1:8700, for clients with a token from rollcall token add' },
    { line: 'rollcall serve --listen 127.0.0.1:8701 --insecure-no-auth', does: 'for everyone on this machine' },
    {
      line: 'rollcall serve --listen 0.0.0.0:8700 --allow-host registry.example.com',
      does: 'for other machines, by that name as well as by IP address',
    },
    { line: 'rollcall serve --audit-log audit.ndjson --rate 50', does: 'log writes to a file; 50 requests a second' },
    {
      line: 'rollcall serve --journal journal.db --keep 7d',
      does: 'keep what happens for a week, for rollcall history',
    },
  ],
  notes: [
    'Every write is logged as a line of JSON on standard output, or in --audit-log: who, what, before, after.',
    'It also monitors AIO records (see `rollcall monitor`); of several servers one acts.',
    "It answers only requests for IP addresses, localhost, the name in --listen, this machine's own name and --allow-host.",
    'It ends with status 0 on Ctrl-C and on termination, after finishing the requests under way.',
  ],
  options: {
    listen: value('--listen <host:port>', 'where to listen (127.0.0.1:8700)'),
    tokens: value('--tokens <path>', "the file of `rollcall token` (rollcall/tokens.json in the user's configuration)"),
    insecureNoAuth: toggle('--insecure-no-auth', 'require no token; on a loopback address only'),
    allowHost: list('--allow-host <name>', 'answer requests for this host name as well; * and ? match'),
    corsOrigin: list('--cors-origin <origin>', 'allow requests from web pages of this origin; * for all'),
    tlsCert: value('--tls-cert <path>', 'serve https with this certificate (PEM)'),
    tlsKey: value('--tls-key <path>', "the certificate's key (PEM)"),
    clientCa: value('--client-ca <path>', 'require a client certificate from these authorities (PEM)'),
    rate: value('--rate <count>', 'requests a second for each token (1000)'),
    auditLog: value('--audit-log <path>', 'append writes to this file'),
    noMonitor: toggle('--no-monitor', 'do not monitor AIO records'),
    ...journalOptions,
  },
  async run(context, words, options) {
    if (words.length > 0) throw new RollcallError('usage', `serve takes no arguments: "${words.join(' ')}"`)
    const listen = addressFrom(options.listen ?? '127.0.0.1:8700')
    if (options.insecureNoAuth && !isLoopback(listen.host)) throw openToAll(listen.host)
    const rate = wholeNumber('--rate', options.rate, 1_000)
    if (rate === 0) throw new RollcallError('usage', '--rate 0 would let no request through')
    const allowHosts = allowedHosts(options.allowHost)
    const origins = corsOrigins(options.corsOrigin, options.insecureNoAuth)
    const tls = await tlsFrom(context, options)
    await requireWritable(context)
    const [{ serve: start }, tokens] = await Promise.all([
      import('../../server/server.ts'),
      options.insecureNoAuth ? undefined : tokensFrom(context, options.tokens),
    ])
    const client = await context.client()
    const { logger } = context
    const now = () => context.now()
    const audit = auditTo(context, options.auditLog)
    const monitor = !options.noMonitor
    const visitors = { allowHosts, corsOrigins: origins }
    const journal = await openJournal(context, options)
    const { context: name, protected: selectors, protectedHours, confirm } = await context.resolved()
    const serving = {
      ...listen,
      ...visitors,
      rate,
      ...(tls && { tls }),
      logger,
      now,
      audit: audit.send,
      tokens,
      monitor,
      journal,
      env: context.io.env,
      context: { name, protected: selectors, protectedHours, confirm: confirm === 'name' },
    }
    const server = await start(client, serving)
    const shown = listen.host.includes(':') ? `[${listen.host}]` : listen.host
    await context.say(
      `listening at ${tls ? 'https' : 'http'}://${shown}:${server.port}/registry, over ${client.target.display}`,
    )
    try {
      await ended(context.signal)
    } finally {
      await server[Symbol.asyncDispose]()
      await audit.written()
    }
    return 0
  },
})

function addressFrom(text: string): { host: string; port: number } {
  const [, host, port] = /^(.*):0$/.exec(text) ?? []
  const address = parseAddress(port === undefined && host !== undefined ? `${host}:1` : text)
  if (!address) {
    throw new RollcallError('usage', `--listen "${text}" is not host:port`, {
      hint: 'write for example 127.0.0.1:8700',
    })
  }
  return host === undefined ? address : { host: address.host, port: 0 }
}

function openToAll(host: string): RollcallError {
  return new RollcallError('usage', `--insecure-no-auth would let everyone who can reach ${host} change the registry`, {
    hint: 'listen at 127.0.0.1, or create tokens with rollcall token add',
  })
}

async function tokensFrom(context: Context, tokens: string | undefined) {
  const [{ TokenFile }, { usualTokenFile }] = await Promise.all([
    import('../../server/tokens.ts'),
    import('../../server/tokens.ts'),
  ])
  const path = tokens === undefined ? usualTokenFile(context.io.env) : resolve(context.io.cwd, tokens)
  const file = await TokenFile.open(path, context.logger)
  if (!file.isEmpty) return file
  throw new RollcallError('config', `there are no tokens in ${path}, so no client could use this server`, {
    hint: 'rollcall token add NAME --role viewer makes one',
  })
}

interface TlsFlags {
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly clientCa: string | undefined
}

async function tlsFrom({ io }: Context, { tlsCert, tlsKey, clientCa }: TlsFlags) {
  if (tlsCert === undefined && tlsKey === undefined && clientCa === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new RollcallError('usage', 'https needs both --tls-cert and --tls-key')
  }
  const read = async (flag: string, path: string): Promise<Buffer> => {
    try {
      return await readFile(resolve(io.cwd, path))
    } catch (error) {
      throw new RollcallError('config', `${flag}: ${messageOf(error)}`, { cause: error })
    }
  }
  const [cert, key] = await Promise.all([read('--tls-cert', tlsCert), read('--tls-key', tlsKey)])
  return { cert, key, ...(clientCa !== undefined && { clientCa: await read('--client-ca', clientCa) }) }
}

/** Writes lines one after the other, each whole. A line that cannot be written is reported, and the server goes on. */
function auditTo({ io, logger }: Context, path: string | undefined) {
  const append = (file: string, text: string) => appendFile(resolve(io.cwd, file), text, { mode: 0o600 })
  const write = (text: string) => (path === undefined ? io.stdout.write(text) : append(path, text))
  let last = Promise.resolve()
  const send = (line: string) => {
    last = last
      .then(() => write(`${cleanQuoted(line)}\n`))
      .catch((error: unknown) => logger.warn(`audit log: ${messageOf(error)}`))
  }
  return { send, written: () => last }
}

/**
 * The names of `--allow-host` as a browser sends them.
 *
 * @throws RollcallError `usage` for what is not a host name, or has a scheme or a port.
 */
export function allowedHosts(words: readonly string[]): string[] {
  return words.map((word) => {
    const isPattern = /[*?]/.test(word)
    const name = isPattern ? word.toLowerCase() : domainToASCII(word)
    if (/^[a-z0-9*?_.-]{1,253}$/.test(name)) return name
    throw new RollcallError('usage', `--allow-host "${word}" is not a host name`, {
      hint: 'write the name alone, without scheme and port: registry.example.com, or *.example.com; IP addresses need no flag',
    })
  })
}

/**
 * The origins of `--cors-origin`.
 *
 * @throws RollcallError `usage` for what is not an origin, and for `*` where no token is required.
 */
export function corsOrigins(words: readonly string[], isOpen: boolean): readonly string[] {
  for (const word of words) {
    if (word === '*' && isOpen) {
      throw new RollcallError(
        'usage',
        "--cors-origin '*' with --insecure-no-auth would let every web page that is open on this machine change the registry",
        { hint: 'name the origin of the page, or create tokens with rollcall token add' },
      )
    }
    if (word !== '*' && originOf(word) !== word) {
      throw new RollcallError('usage', `--cors-origin "${word}" is not an origin`, {
        hint: 'write scheme, host and port as a browser sends them: https://admin.example.com',
      })
    }
  }
  return words
}

function originOf(word: string): string | undefined {
  return /^https?:\/\//.test(word) && URL.canParse(word) ? new URL(word).origin : undefined
}
