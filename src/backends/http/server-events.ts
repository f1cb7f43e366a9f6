/** One event of a stream. Source: the HTML standard, section 9.2. */
export interface ServerEvent {
  readonly name: string
  readonly data: string
  readonly id?: string
}

/** The events in the lines of a `text/event-stream`; an event that is cut off is none. */
export async function* serverEvents(lines: AsyncIterable<string>): AsyncGenerator<ServerEvent, void, undefined> {
  let name = 'message'
  let id: string | undefined
  let data: string[] = []
  for await (const line of lines) {
    const [, field = '', value = ''] = /^([^:\r]*):? ?([^\r]*)/.exec(line) ?? []
    if (line === '' || line === '\r') {
      if (data.length > 0) yield { name, data: data.join('\n'), ...(id !== undefined && { id }) }
      name = 'message'
      id = undefined
      data = []
    } else if (field === 'event') name = value
    else if (field === 'data') data.push(value)
    else if (field === 'id') id = value
  }
}
