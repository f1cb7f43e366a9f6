// What bin/rollcall.js runs. Becomes dist/start.cjs, where BUNDLE is the hash of the bundle and its libraries, COMMANDS are the names
// of all commands, LIBRARIES the files of packages that are beside the bundle, and VERSION is rollcall's own.
const fs = require('node:fs')
const { textFor } = require('./texts.cjs')

const STDOUT = 1

const asked = textFor(process.argv.slice(2))
const left = asked && print(asked)
if (left === undefined) require('./code-cache.cjs').loadBundle().runProcess()
else if (left.length > 0) require('./code-cache.cjs').loadBundle().printProcess(left)

/**
 * Writes at once: to make one of Node's streams takes longer than all the rest. Answers what is left where the reader is
 * behind or gone, or the disk full: the bundle knows what to do then.
 */
function print(text) {
  let rest = text
  try {
    while (rest.length > 0) rest = rest.subarray(fs.writeSync(STDOUT, rest))
  } catch {}
  return rest
}
