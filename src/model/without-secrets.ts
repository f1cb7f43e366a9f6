/** Parts of the names of secrets; hiding a harmless value as well does no damage. */
const SECRET = /pass|pwd|secret|token|credential|private|auth|key|cert|cookie|session|signature|bearer|dsn|salt/i
const HIDDEN = '(hidden)'
/** Characters of one text that are shown. */
const LONGEST = 1_024

/** `scheme://user:password@`, and `user:password@` alone, as in Go's names of databases. */
const USER_INFO = /([a-z][\w+.-]{0,30}:\/\/)[^\s"'<>]*@|(?<![\w:/.@-])[\w.-]{1,64}:[^\s@"'<>]{1,256}@(?=[\w.[(-])/gi
/** What stands before a value: `name=`, `name: ` and `"name":`. */
const NAME_AND_SIGN = /([\w.-]{1,64})["']?\s{0,4}[=:](?!\/\/)\s{0,4}/g
const VALUE = /"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s,;&"']+/y
/** A last word that may be the beginning of a login in a URL, or of a token. */
const UNFINISHED = /[^\s"'<>]*(?::|eyJ)[^\s"'<>]*$/
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi
const JSON_WEB_TOKEN = /\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}-----|$)/g

/** What each of these needs: most texts have none of it, and a large removal has many. */
const SUSPECT = /[=:@]|eyJ|PRIVATE KEY|bearer|basic/i

/** Whether a value under this name must not appear in a log. */
function isSecretName(name: string): boolean {
  return SECRET.test(name)
}

/** A text as it may stand in a log: what looks like a secret is hidden, and what is very long is cut. */
export function withoutSecrets(text: string): string {
  const shown = text.length > LONGEST ? cut(text) : text
  if (!SUSPECT.test(shown)) return shown
  return withoutAssignments(
    shown
      .replace(PRIVATE_KEY, HIDDEN)
      .replace(BEARER, `$1 ${HIDDEN}`)
      .replace(JSON_WEB_TOKEN, HIDDEN)
      .replace(USER_INFO, (_, scheme?: string) => `${scheme ?? ''}${HIDDEN}@`),
  )
}

/** Where the cut goes through a word that may be a secret, what is left of it would no longer be recognised. */
function cut(text: string): string {
  return `${text.slice(0, LONGEST).replace(UNFINISHED, '').toWellFormed()}…`
}

function withoutAssignments(text: string): string {
  let shown = ''
  let from = 0
  for (const { index, 0: before, 1: name = '' } of text.matchAll(NAME_AND_SIGN)) {
    if (index < from || !isSecretName(name)) continue
    VALUE.lastIndex = index + before.length
    if (!VALUE.test(text)) continue
    shown += `${text.slice(from, index)}${before}${HIDDEN}`
    from = VALUE.lastIndex
  }
  return shown + text.slice(from)
}

/** A value without secrets: every text in it as `withoutSecrets` shows it, and everything under the name of a secret hidden. */
export function hidden<Value>(value: Value): Value {
  return hide(value) as Value
}

function hide(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value)
  if (Array.isArray(value)) return value.map(hide)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, isSecretName(name) ? HIDDEN : hide(each)]),
  )
}
