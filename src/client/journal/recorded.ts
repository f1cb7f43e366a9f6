import type { WatchEvent } from '../../model/change.ts'
import type { JournalWriter } from './writer.ts'

/** The events of a watch of the whole registry, each passed on once the journal has it. @throws RollcallError `storage` where it cannot be kept */
export async function* recorded(
  writer: JournalWriter,
  events: AsyncIterable<WatchEvent>,
): AsyncGenerator<WatchEvent, void, undefined> {
  writer.begin()
  const timer = setInterval(() => tick(writer), writer.tickEvery)
  timer.unref()
  try {
    for await (const event of events) {
      writer.take(event)
      yield event
    }
  } finally {
    clearInterval(timer)
  }
}

/** What cannot be written now is reported with the next event. */
function tick(writer: JournalWriter): void {
  try {
    writer.tick()
  } catch {
    // The note that all is known is missing, and so the gap begins earlier.
  }
}
