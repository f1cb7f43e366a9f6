/** `1,204`: the same in every locale. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** `1 record`, `1,204 records`. The word is one that takes an s. */
export function amount(count: number, word: string): string {
  return `${grouped(count)} ${word}${count === 1 ? '' : 's'}`
}
