// Draws docs/terminal.svg: the output of real commands on the demo's registry, as a terminal shows it.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { company } from '../examples/demo/company.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'bin/rollcall.js')
const folder = mkdtempSync(join(tmpdir(), 'rollcall-picture-'))
const env = { ...process.env, ROLLCALL_REGISTRY: 'file:registry.db', FORCE_COLOR: '1' }
const COMMANDS = ['ls', 'check-keys --severity error', 'purge --dry-run']
// eslint-disable-next-line no-control-regex -- what a terminal is told begins with ESC
const SEQUENCE = /(\u001b\[\d+m)/
const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 2: '#8b949e', 1: '#f0f6fc' }
const [LINE, CHARACTER, MARGIN] = [19, 8.05, 20]

try {
  const records = company(Date.now()).map((record) => `${JSON.stringify(record)}\n`)
  writeFileSync(join(folder, 'company.ndjson'), records.join(''))
  execFileSync(process.execPath, [bin, 'restore', 'company.ndjson', '--yes', '-q'], {
    cwd: folder,
    env,
    stdio: 'ignore',
  })
  const lines = COMMANDS.flatMap((line) => [`\u001b[1m$ rollcall ${line}\u001b[0m`].concat(outputOf(line), ''))
  writeFileSync(join(root, 'docs/terminal.svg'), picture(lines.slice(0, -1)))
} finally {
  rmSync(folder, { recursive: true })
}

/** Both streams, in the order in which a terminal shows them. */
function outputOf(line) {
  const shell = `"${process.execPath}" "${bin}" ${line} 2>&1`
  const { stdout } = spawnSync('sh', ['-c', shell], { cwd: folder, env, encoding: 'utf8' })
  return stdout.replaceAll(folder, '~').trimEnd().split('\n')
}

function picture(lines) {
  const widest = Math.max(
    ...lines.map(
      (line) =>
        line
          .split(SEQUENCE)
          .filter((part) => !SEQUENCE.test(part))
          .join('').length,
    ),
  )
  const [width, height] = [Math.ceil(widest * CHARACTER) + 2 * MARGIN, lines.length * LINE + 2 * MARGIN]
  const rows = lines.map((line, at) => `<text x="${MARGIN}" y="${MARGIN + 14 + at * LINE}">${spans(line)}</text>`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" rx="10" fill="#0d1117"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13.4" fill="#c9d1d9" xml:space="preserve">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function spans(line) {
  let colour
  return line
    .split(SEQUENCE)
    .map((part) => {
      const code = SEQUENCE.test(part) ? part.replace(/\D/g, '') : undefined
      if (code !== undefined) colour = COLOURS[code]
      if (code !== undefined || part === '') return ''
      const text = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
      return `<tspan${colour ? ` fill="${colour}"` : ''}>${text}</tspan>`
    })
    .join('')
}
