// Draws docs/top.svg: what `rollcall top` shows of the demo's registry in a real terminal of 100 by 16.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { company } from '../examples/demo/company.mjs'
import { picture } from './terminal-picture.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'bin/rollcall.js')
const folder = mkdtempSync(join(tmpdir(), 'rollcall-top-'))
const env = {
  ...process.env,
  ROLLCALL_REGISTRY: 'file:registry.db',
  FORCE_COLOR: '1',
  TERM: 'xterm',
  XDG_CONFIG_HOME: folder,
}
const [COLUMNS, ROWS] = [100, 16]
/** The picture is the same whenever it is made. */
const TIME = '10:02:11'
// eslint-disable-next-line no-control-regex -- what moves to a row begins with ESC
const ROW = /\u001b\[(\d+);1H([^]*?)(?=\u001b\[\d+;1H|$)/g
// eslint-disable-next-line no-control-regex -- all but colours
const OTHER = /\u001b\[(?!\d+m)[?\d;]*[A-Za-z]/g

try {
  const records = company(Date.now()).map((record) => `${JSON.stringify(record)}\n`)
  writeFileSync(join(folder, 'company.ndjson'), records.join(''))
  const restore = [bin, 'restore', 'company.ndjson', '--yes', '-q']
  execFileSync(process.execPath, restore, { cwd: folder, env: { ...env, XDG_STATE_HOME: folder }, stdio: 'ignore' })
  const shown = rowsOf(await written()).map((line) => line.replace(/\d\d:\d\d:\d\d/, TIME))
  writeFileSync(join(root, 'docs/top.svg'), picture(shown.map(atHome)))
} finally {
  rmSync(folder, { recursive: true })
}

/** All that top writes until it has drawn what it has read, and is ended. */
async function written() {
  const line = `stty cols ${COLUMNS} rows ${ROWS} && '${process.execPath}' '${bin}' top`
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, env })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text += part
    // Not before all is read: then the second row begins with the services.
    if (text.includes('\u001b[2;1H8 services')) child.stdin.end('q')
  })
  await once(child, 'close')
  return text.slice(0, text.lastIndexOf('\u001b[?1049l'))
}

/** The folder in short, and what stands behind it where it was. */
function atHome(line) {
  const short = line.replaceAll(folder, '~')
  return short.replace(TIME, ' '.repeat(line.length - short.length) + TIME)
}

/** The rows of the screen, with their colours. */
function rowsOf(text) {
  const rows = Array.from({ length: ROWS }, () => '')
  for (const [, row, line] of text.matchAll(ROW)) rows[Number(row) - 1] = line.replace(OTHER, '')
  return rows
}
