import { resolve } from 'node:path'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { addToken, readTokens, removeToken, roleFrom, usualTokenFile } from '../../server/tokens.ts'
import { list, value } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import type { TableOf } from '../output/columns.ts'
import { checkOutput, printList } from '../output/list-writer.ts'

export const token = command({
  name: 'token',
  usage: 'add <name> | ls | rm <name>',
  examples: [
    {
      line: 'rollcall token add deploy --role editor',
      does: 'make a token; it is printed once, only its hash is kept',
    },
    { line: "rollcall token add shop --role editor --service 'shop-*'", does: 'for some services only' },
    { line: 'rollcall token ls', does: 'names, roles and services' },
    { line: 'rollcall token rm ci', does: 'revoke it; it is refused within a second' },
  ],
  notes: ['viewer: reads · editor: writes too · admin: the routes below /registry/admin as well.'],
  options: {
    role: value('--role <role>', 'add: viewer, editor or admin'),
    service: list('--service <name>', 'add: only these services; * and ? match'),
    tokens: value('--tokens <path>', "the file (rollcall/tokens.json in the user's configuration)"),
  },
  async run(context, words, options) {
    const [action, name, ...more] = words
    const path = options.tokens === undefined ? usualTokenFile(context.io.env) : resolve(context.io.cwd, options.tokens)
    if (action === 'ls' && name === undefined) return await show(context, path)
    if ((action !== 'add' && action !== 'rm') || name === undefined || more.length > 0) throw misused(action)
    await checkOutput(context, 'TokenList', tokensTable)
    if (action === 'rm') {
      await removeToken(path, name)
      await context.say(`token ${name} removed from ${path}`)
      return 0
    }
    if (options.role === undefined) {
      throw new RollcallError('usage', 'token add needs a role', { hint: 'add --role viewer, editor or admin' })
    }
    const identity = { name: nameFrom(name), role: roleFrom(options.role), services: options.service }
    const made = await addToken(path, identity, context.now())
    await context.io.stdout.write(`${made}\n`).catch(async (error: unknown) => {
      await removeToken(path, name)
      throw new RollcallError('usage', `the token cannot be printed and was not stored: ${messageOf(error)}`, {
        hint: 'send standard output somewhere it can be written',
        cause: error,
      })
    })
    await context.say(`this is the token of ${name}: it cannot be shown again; its hash is in ${path}`)
    return 0
  },
})

async function show(context: Context, path: string): Promise<number> {
  const tokens = await readTokens(path)
  const writer = await printList(context, 'TokenList', tokensTable)
  for (const { name, role, services, created } of tokens) await writer.row({ name, role, services, created })
  await writer.end()
  if (tokens.length === 0) await context.say(`no tokens in ${path}; rollcall token add makes one`)
  return 0
}

/** The name of a token, which appears in logs and messages. @throws RollcallError `usage` */
function nameFrom(name: string): string {
  if (/^[\w.@-]{1,64}$/.test(name)) return name
  throw new RollcallError('usage', `"${name}" is not a valid name for a token`, {
    hint: 'letters, digits and . _ @ - only',
  })
}

function misused(action: string | undefined): RollcallError {
  const isKnown = action === 'add' || action === 'rm' || action === 'ls'
  const fact = isKnown
    ? `token ${action} takes ${action === 'ls' ? 'no name' : 'one name'}`
    : action === undefined
      ? 'token needs a subcommand'
      : `token has no subcommand "${action}"`
  return new RollcallError('usage', fact, { hint: 'rollcall token add NAME --role ROLE, token ls, or token rm NAME' })
}

/** A token of `serve` as `token ls` shows it. */
export interface TokenItem {
  readonly name: string
  readonly role: string
  /** The services that the token is limited to; empty for all. */
  readonly services: readonly string[]
  /** RFC 3339. */
  readonly created: string
}

export const tokensTable: TableOf<TokenItem> = {
  columns: [
    { name: 'NAME', text: (item) => item.name, tone: () => 'strong', identifies: true },
    { name: 'ROLE', text: (item) => item.role },
    { name: 'SERVICES', text: (item) => item.services.join(',') || '*' },
    { name: 'CREATED', text: (item) => item.created },
  ],
  name: (item) => item.name,
}
