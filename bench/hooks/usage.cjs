// Loaded before a program of Node's: leaves what the process used when it ends.
const { writeFileSync } = require('node:fs')
process.on('exit', () => writeFileSync(process.env.ROLLCALL_BENCH_USAGE, JSON.stringify(process.resourceUsage())))
