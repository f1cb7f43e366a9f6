/** A service's name in one word with an id, `team%2Fapi/api-1`: there the first slash ends it. */
export function escapeService(name: string): string {
  return name.replace(/%(?=2f|25)/gi, '%25').replaceAll('/', '%2F')
}

/** The name that `escapeService` wrote; any other is left as it is. */
export function unescapeService(word: string): string {
  return word.replace(/%(2f|25)/gi, (_, code: string) => (code === '25' ? '%' : '/'))
}

/** An instance as `-o name` prints it and as targets name it. */
export function targetWord(service: string, id: string): string {
  return `${escapeService(service)}/${id}`
}
