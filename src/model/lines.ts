/**
 * The lines of a text that comes in parts, those that end in one part together, and what follows the last one. Only a line feed
 * ends a line: JSON may hold U+2028 and U+2029 as they are, at which the readline of Node 24 ends one too.
 */
export async function* linesOf(parts: AsyncIterable<string>): AsyncGenerator<readonly string[], void, undefined> {
  let rest = ''
  for await (const part of parts) {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) yield lines
  }
  if (rest !== '') yield [rest]
}
