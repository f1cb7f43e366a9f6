const fs = require('node:fs')
const path = require('node:path')

/** The bytes of a file of the build. */
exports.readOwn = (name) => fs.readFileSync(path.join(__dirname, name))
