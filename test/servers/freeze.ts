import { existsSync, readdirSync, readFileSync } from 'node:fs'

const asleep = new Int32Array(new SharedArrayBuffer(4))

/**
 * Stops a process until it is sent SIGCONT, and returns when none of its threads runs any more: the kernel takes the
 * signal at once, but a thread on another core goes on for a moment, in which a server still answers.
 */
export function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP')
  const threads = `/proc/${pid}/task`
  while (existsSync(threads) && readdirSync(threads).some((thread) => runs(`${threads}/${thread}/stat`))) {
    Atomics.wait(asleep, 0, 0, 1)
  }
}

/** `file`: such as `10511 (name) T 10503 …`, where the name may hold anything and T is stopped, Z and X are ended. */
function runs(file: string): boolean {
  let stat: string
  try {
    stat = readFileSync(file, 'latin1')
  } catch {
    return false // it has ended
  }
  return !'TtZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2))
}
