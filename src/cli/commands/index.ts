import type { Command } from '../command.ts'

/** A command's entry in the list: what help and completion need, and how to load the rest. */
export interface CommandEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  load(): Promise<Command>
}

/** Every command, in the order of the help text. Adding one is a file and a line. */
export const commands: readonly CommandEntry[] = []

/** The entry of that name or alias. */
export function findCommand(name: string): CommandEntry | undefined {
  return commands.find((entry) => entry.name === name || entry.aliases?.includes(name))
}
