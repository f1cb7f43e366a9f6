/** A count with its thousands grouped: `1,204` in every locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1 record`, `1,204 records`. The word is one that takes an s. */
export function amount(count: number, word: string): string {
  return `${grouped(count)} ${word}${count === 1 ? '' : 's'}`
}
