import { accessSync, constants } from 'node:fs'
import { isSea } from 'node:sea'
import type { Context } from '../command.ts'

const SHELL = '/bin/sh'

/**
 * Starts what its arguments say with its own standard input, passes on the signals that a program may wait for, and ends with that status. A `wait`
 * that a signal has interrupted answers with the signal's, so it is asked again; then 127 means that the one before had the right answer.
 */
const SCRIPT = `
child= early= status=
for signal in HUP INT QUIT TERM USR1 USR2; do
  trap "{ [ \\"\\$child\\" ] && kill -$signal \\$child || early=\\"\\$early $signal\\"; } 2>/dev/null; caught=1" $signal
done
exec 9<&0
"$@" <&9 9<&- &
child=$!
exec 2>/dev/null 9<&- <&-
for signal in $early; do kill -$signal $child; done
while
  caught=
  wait $child
  last=$?
  [ $last = 127 ] && [ "$status" ] || status=$last
  [ "$caught" ]
do :; done
exit $status
`

/** Node 22.15 and later: this process goes on as another program. */
interface Replaceable {
  readonly execve?: (file: string, argv: readonly string[]) => never
}

/**
 * As process 1 of a container this process inherits what a command leaves behind, and would have to wait for it when it ends; Node waits for what
 * it started itself only. A shell waits for all, so it takes this place and starts rollcall once more below it. Where that cannot be, it is said.
 */
export async function leaveFirstPlace({ say }: Pick<Context, 'say'>): Promise<void> {
  if (process.pid !== 1) return
  const { execve }: NodeJS.Process & Replaceable = process
  const { execPath, execArgv, argv } = process
  const [script = '', ...words] = argv.slice(1)
  const program = isSea() ? [execPath] : [execPath, ...execArgv, script]
  if (execve && isProgram(SHELL)) execve.call(process, SHELL, [SHELL, '-c', SCRIPT, SHELL, ...program, ...words])
  const lack = execve ? `there is no ${SHELL}` : `Node ${process.versions.node} cannot give up process 1`
  await say(`${lack}, so zombies of the command will stay: start the container with docker run --init`)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
