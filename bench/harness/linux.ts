import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** Milliseconds in which Linux tells processor times: USER_HZ is 100 on every machine that Node runs on. */
const TICK = 10

/** Milliseconds of processor time that living processes have used, all threads, without what they started. */
export function processorTime(pids: readonly number[]): number {
  let sum = 0
  for (const pid of pids) {
    const fields = statOf(String(pid))
    sum += Number(fields[11]) + Number(fields[12])
  }
  return sum * TICK
}

/** The same of all children of this process that have ended, with what they started. Linux rounds the sum, not each of them. */
export function childrensProcessorTime(): number {
  const fields = statOf('self')
  return (Number(fields[13]) + Number(fields[14])) * TICK
}

/** Megabytes that are resident now. */
export function residentMemory(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1_024
}

/** How many connections a process has to a port of this machine. */
export function connectionsTo(port: number, pid: number): number {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n'))
  const cells = rows.map((row) => row.trim().split(/\s+/)).filter((row) => row[2]?.endsWith(wanted))
  const sockets = new Set(cells.map((row) => `socket:[${row[9]}]`))
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`))).length
}

/** The fields of /proc/PID/stat after the program's name, of which the first is the state. */
function statOf(process: string): string[] {
  const text = readFileSync(`/proc/${process}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(') ') + 2).split(' ')
}
