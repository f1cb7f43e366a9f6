import type { NewFile } from '../../config/new-file.ts'
import type { Output } from '../io.ts'

/** A new file as an output, for what is printed elsewhere. */
export function outputTo(file: NewFile): Output {
  return {
    isTerminal: false,
    columns: undefined,
    write: (text) => file.append(text),
    writeBytes: (bytes) => file.append(bytes),
  }
}
