import { useAndClose } from './ways.ts'

await useAndClose(JSON.parse(process.argv[2] ?? ''))
process.stdout.write('closed')
