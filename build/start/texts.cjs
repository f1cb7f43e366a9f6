// Texts that need no bundle to be printed: the help, which the build has had the bundle print, and the version.
const { readOwn } = require('./files.cjs')
const { versionLine } = require('../../src/cli/version-line.ts')

const HELP = new Set(['--help', '-h'])
const VERSION_WORDS = new Set(['--version', 'version'])

/** The bytes of what these words print; undefined where that is for the bundle to find out. */
exports.textFor = ([first, second, ...more]) => {
  if (more.length > 0) return undefined
  if (second === undefined) {
    if (first === 'help' || HELP.has(first)) return helpOf('rollcall')
    return VERSION_WORDS.has(first) && isPlain() ? Buffer.from(versionLine(VERSION)) : undefined
  }
  if (first === 'help' && COMMANDS.includes(second)) return helpOf(second)
  return COMMANDS.includes(first) && HELP.has(second) ? helpOf(first) : undefined
}

/** Variables stand for options, so JSON may be wanted; and a command does not run in a folder that was removed. */
function isPlain() {
  try {
    return process.cwd() !== '' && !Object.keys(process.env).some((name) => name.startsWith('ROLLCALL_'))
  } catch {
    return false
  }
}

function helpOf(word) {
  try {
    const texts = readOwn('help.txt')
    const head = `\0${word}\n`
    const start = texts.indexOf(head) + head.length
    return start < head.length ? undefined : texts.subarray(start, texts.indexOf(0, start))
  } catch {
    return undefined
  }
}
