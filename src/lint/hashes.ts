/** Hashes of many words, 8 bytes each and half as much again while it grows. */
export interface Hashes {
  add(word: string): void
  /** The hashes of words that were added more than once. Sorts in place. */
  repeated(): Set<number>
  clear(): void
}

const FIRST_SIZE = 1024

export function hashes(): Hashes {
  let list = new Float64Array(FIRST_SIZE)
  let length = 0
  return {
    add(word) {
      if (length === list.length) {
        const larger = new Float64Array(Math.ceil(length * 1.5))
        larger.set(list)
        list = larger
      }
      list[length++] = hashOf(word)
    },
    repeated() {
      const sorted = list.subarray(0, length).sort()
      return new Set(sorted.filter((hash, at) => at > 0 && hash === sorted[at - 1]))
    },
    clear() {
      if (list.length > FIRST_SIZE) list = new Float64Array(FIRST_SIZE)
      length = 0
    },
  }
}

/**
 * 53 bits, which a number holds exactly: two 32-bit multiplicative hashes side by side.
 * Good enough to suspect; the words themselves are compared before anything is reported.
 */
export function hashOf(word: string): number {
  let high = 0x2545f491
  let low = 0x9e3779b1
  for (let at = 0; at < word.length; at++) {
    const unit = word.charCodeAt(at)
    high = Math.imul(high ^ unit, 0x5bd1e995)
    high ^= high >>> 15
    low = Math.imul(low ^ unit, 0x01000193)
    low ^= low >>> 13
  }
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0)
}
