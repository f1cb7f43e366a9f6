import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Globals } from '../globals.ts'
import type { Output } from '../io.ts'
import { jsonLine, jsonText, loadYaml } from './documents.ts'

const FORMATS = ['json', 'ndjson', 'yaml'] as const
type Format = (typeof FORMATS)[number]

type Search = (expression: string, data: unknown) => unknown

/** A command's output under `--query`: what the expression makes of the JSON that the command writes. */
export interface Query {
  /** For the command: it writes JSON. */
  readonly globals: Globals
  readonly stdout: Output
  /** Prints the result of what was written last. Those of documents, and of lines of ndjson, before it are printed once they are whole. */
  end(): Promise<void>
}

/** @throws RollcallError `usage` for what is not an expression, and for a format that is not JSON or YAML */
export async function beginQuery(stdout: Output, globals: Globals, expression: string): Promise<Query> {
  const format = formatOf(globals)
  // Only here: no other command pays for it.
  const { search } = await import('@aws-lambda-powertools/jmespath')
  const find: Search = (text, data) => search(text, data as Parameters<typeof search>[1])
  check(find, expression)
  const print = await printer(stdout, format)
  const answer = async (text: string) => await print(resultOf(find, expression, text))
  let waiting = ''
  const write = async (text: string) => {
    waiting += text
    if (format !== 'ndjson') return await answerIfWhole(text)
    const lines = waiting.split('\n')
    waiting = lines.pop() ?? ''
    for (const line of lines) await answer(line)
  }
  // A command that goes on, such as `watch`, writes a document after the other, and each ends so.
  const answerIfWhole = async (text: string) => {
    const documents = text.endsWith('}\n') ? documentsIn(waiting) : []
    if (documents.length > 0) waiting = ''
    for (const document of documents) await answer(document)
  }
  return {
    globals: { ...globals, output: format === 'ndjson' ? 'ndjson' : 'json', json: false },
    stdout: { isTerminal: false, columns: undefined, write },
    async end() {
      if (waiting.trim() !== '') await answer(waiting)
    },
  }
}

function formatOf({ output, json }: Globals): Format {
  const wanted = json ? 'json' : (output ?? 'json')
  const format = FORMATS.find((each) => each === wanted)
  if (format) return format
  throw new RollcallError('usage', `--query cannot be combined with -o ${wanted}`, {
    hint: `it works on JSON: -o ${FORMATS.join(', ')}`,
  })
}

/** An expression may be wrong whatever it is asked about, or only for some data: that is found out later. */
function check(find: Search, expression: string): void {
  try {
    find(expression, null)
  } catch (error) {
    if (error instanceof Error && error.name === 'JMESPathTypeError') return
    throw wrong(expression, error)
  }
}

function wrong(expression: string, error: unknown): RollcallError {
  const reason = messageOf(error)
    .replace(/ in expression: [^]*$/, '')
    .replace(/^(?:Invalid|Bad) jmespath expression: /, '')
  return new RollcallError('usage', `--query "${expression}" does not work: ${reason}`, {
    hint: "write JMESPath, for example --query 'items[].id'",
    cause: error,
  })
}

/** One document, or one on each line; none where the text is not whole. */
function documentsIn(text: string): readonly string[] {
  if (isJson(text)) return [text]
  const lines = text.trimEnd().split('\n')
  return lines.every(isJson) ? lines : []
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function resultOf(find: Search, expression: string, text: string): unknown {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw new RollcallError('usage', '--query needs a command that prints JSON', { hint: 'leave it out', cause: error })
  }
  try {
    // A name such as `constructor` finds a function where there is no such field.
    return JSON.parse(JSON.stringify(find(expression, data)) ?? 'null')
  } catch (error) {
    throw wrong(expression, error)
  }
}

async function printer(stdout: Output, format: Format): Promise<(result: unknown) => Promise<void>> {
  if (format === 'json') return async (result) => await stdout.write(jsonText(result))
  if (format === 'ndjson') return async (result) => await stdout.write(`${jsonLine(result)}\n`)
  const toYaml = await loadYaml()
  return async (result) => await stdout.write(toYaml(result))
}
