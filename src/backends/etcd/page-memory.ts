import { MessageMemory } from './message-memory.ts'
import { WireTable } from './wire-table.ts'

/** Memory for one page after the other: for the response, and for where its records lie in it. */
export class PageMemory {
  readonly message: MessageMemory
  readonly table = new WireTable()

  /** `usual`: bytes that nearly every page fits in. */
  constructor(usual: number) {
    this.message = new MessageMemory(usual)
  }
}
