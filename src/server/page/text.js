/** What has no glyph of its own, or would turn the text around it. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]

/**
 * Text from a registry as it may be shown: it may come from any writer.
 *
 * @param {string} text
 */
export function printable(text) {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** @param {number} count @param {string} noun */
export function amount(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/**
 * The milliseconds of a time of the API; undefined for Go's way to say that it is not set.
 *
 * @param {string} time
 */
export function timeOf(time) {
  const milliseconds = Date.parse(time)
  return milliseconds > 0 ? milliseconds : undefined
}

/**
 * In its two largest units: `3h 12m`.
 *
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < MINUTE) return `${seconds}s`
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m ${seconds % MINUTE}s`
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h ${Math.floor((seconds % HOUR) / MINUTE)}m`
  return `${Math.floor(seconds / DAY)}d ${Math.floor((seconds % DAY) / HOUR)}h`
}

/** Time of day, as the reader's clock has it. @param {number} milliseconds */
export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString('en-GB')
}
