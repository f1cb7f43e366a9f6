// Stands for files.cjs in the program that is one file.
const { getRawAsset } = require('node:sea')

/** The bytes of a file of the build. */
exports.readOwn = (name) => Buffer.from(getRawAsset(name))
