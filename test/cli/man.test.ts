import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeMan } from '../../build/write-man.mjs'
import { summarised } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { STATUS_OF_A_BUG, statusOf } from '../../src/cli/exit-status.ts'
import { globalOptions } from '../../src/cli/globals.ts'
import { EXIT_STATUSES, manualPage, definition, lines, paragraph, subheading } from '../../src/cli/man.ts'
import { longFlag } from '../../src/cli/args/options.ts'
import { packageVersion } from '../../src/model/package-version.ts'
import { ERROR_CODES } from '../../src/model/errors.ts'

const loaded = await Promise.all(commands.map(summarised))
let page: string
beforeAll(() => {
  page = manualPage(loaded, '1.2.3')
})

/** Part of every Linux and macOS that has `man`; no package of ours. */
const RENDERER = 'groff'

/** The page as a reader sees it, or nothing where there is no groff; what groff has against it. */
function rendered(): { shown: string; warnings: string } | undefined {
  const { status, stdout, stderr } = spawnSync(RENDERER, ['-man', '-Tutf8', '-ww', '-rLL=400n', '-P-cbou'], {
    input: page,
    encoding: 'utf8',
  })
  return status === 0 ? { shown: stdout, warnings: stderr } : undefined
}

describe('the manual page', () => {
  it('has every command, option, note and example', () => {
    const shown = rendered()?.shown
    const seen = (words: string) => {
      if (shown === undefined) expect(page).toContain(paragraph(words).slice('.PP\n'.length, -1))
      else expect(shown.replaceAll(/\s+/g, ' ')).toContain(words.replaceAll(/\s+/g, ' '))
    }
    for (const { name, usage, options, notes = [], examples } of loaded) {
      seen(`rollcall ${name} ${usage}`.trimEnd())
      for (const { flags, summary } of Object.values(options)) [flags, summary].forEach(seen)
      notes.flatMap((note) => note.split('\n')).forEach((line) => seen(line.trim()))
      for (const { line, does } of examples) [line, does].forEach(seen)
    }
    for (const spec of Object.values(globalOptions)) seen(longFlag(spec))
    for (const name of ['ROLLCALL_REGISTRY', 'ROLLCALL_NO_HEADERS', 'ETCDCTL_ENDPOINTS']) seen(name)
  })

  it('has every exit status', () => {
    const statuses = new Set([0, STATUS_OF_A_BUG, ...ERROR_CODES.map(statusOf)])
    expect(EXIT_STATUSES.map(([status]) => status)).toEqual([...statuses].toSorted((a, b) => a - b))
  })

  it('pleases groff, where it is there', () => {
    expect(rendered()?.warnings ?? '').toBe('')
  })

  it('begins as whatis and apropos want it', () => {
    expect(page).toMatch(/^\.TH "ROLLCALL" 1 "" "rollcall 1\.2\.3"\n\.SH "NAME"\nrollcall \\- one command line/)
  })

  it('is written by the build', async () => {
    // Below node_modules, so that what is not bundled is found.
    const folder = await mkdtemp(join(import.meta.dirname, '../../node_modules', '.rollcall-man-'))
    try {
      await writeMan(folder)
      const packed = await readFile(join(folder, 'man/rollcall.1.gz'))
      expect(gunzipSync(packed).toString()).toBe(manualPage(loaded, packageVersion))
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('has no line that roff would take for its own', () => {
    const known = /^\.(?:TH|SH|SS|PP|TP|B|nf|fi|RS|RE)(?: |$)/
    const wrong = page.split('\n').filter((line) => /^[.']/.test(line) && !known.test(line))
    expect(wrong).toEqual([])
  })
})

describe('roff', () => {
  it.each([
    [definition('-l, --list "x"', '.hidden'), '.TP\n.B "\\-l, \\-\\-list \\(dqx\\(dq"\n\\&.hidden\n'],
    [paragraph("'quoted\\n\n.SH evil"), ".PP\n\\&'quoted\\en .SH evil\n"],
    [subheading('a~b^c`d'), '.SS "a\\(tib\\(hac\\(gad"\n'],
    [lines(['one', '.two']), '.PP\n.nf\n.RS 4\none\n\\&.two\n.RE\n.fi\n'],
  ])('escapes %j', (made, expected) => {
    expect(made).toBe(expected)
  })
})
