import { RollcallError } from '../../model/errors.ts'
import { type Command, type CommandEntry, type Context, command } from '../command.ts'
import { candidates } from '../completion/candidates.ts'
import type { Completion } from '../completion/live.ts'
import { FILES, SCRIPTS } from '../completion/scripts.ts'
import { clean } from '../output/text.ts'

/** @param commands every command, which is what is completed */
export function completion(commands: readonly CommandEntry[]): Command {
  return command({
    name: 'completion',
    usage: 'bash|zsh|fish',
    examples: [
      { line: 'rollcall completion bash', does: 'in ~/.bashrc: source <(rollcall completion bash)' },
      { line: 'rollcall completion zsh', does: 'in ~/.zshrc, after compinit: source <(rollcall completion zsh)' },
      { line: 'rollcall completion fish', does: 'in ~/.config/fish/config.fish: rollcall completion fish | source' },
    ],
    notes: [
      'Services and ids come from the registry that the line names; one that does not answer at once offers none.',
    ],
    options: {},
    async run(context, [shell = '', ...words]) {
      if (shell === 'request') return await answer(context, words, commands)
      const script = SCRIPTS[shell]
      if (script === undefined || words.length > 0) {
        throw new RollcallError('usage', 'completion takes the name of one shell', {
          hint: `one of ${Object.keys(SCRIPTS).join(', ')}`,
        })
      }
      await context.io.stdout.write(script)
      return 0
    },
  })
}

/** Answers the scripts: for the words of a line, a candidate a line, with a tab before its summary. */
async function answer(context: Context, words: readonly string[], commands: readonly CommandEntry[]): Promise<number> {
  const found = await candidates(context, words, commands).catch((error: unknown) => {
    if (error instanceof RollcallError) return []
    throw error
  })
  const lines = found === 'files' ? [FILES] : found.map(lineOf)
  await context.io.stdout.write(lines.map((line) => `${line}\n`).join(''))
  return 0
}

function lineOf({ word, summary = '' }: Completion): string {
  return `${word}\t${clean(summary)}`
}
