/** What names of secrets have in them; that a harmless name has it too is no loss. */
const SECRET = /pass|pwd|secret|token|credential|private|auth|key|cert|cookie|session|signature|bearer|dsn|salt/i
const HIDDEN = '(hidden)'
/** Characters of one text that are shown. */
const LONGEST = 4_096

/** `scheme://user:password@`, and `user:password@` alone, as in Go's names of databases. */
const USER_INFO = /([a-z][\w+.-]*:\/\/)[^\s"'<>]*@|(?<![\w:/.@-])[\w.-]{1,64}:[^\s@"'<>]{1,256}@(?=[\w.[(-])/gi
/** `name=value`, `name: value` and `"name":"value"`, where the name is that of a secret. */
const ASSIGNMENT = new RegExp(
  `([\\w.-]{0,64}(?:${SECRET.source})[\\w.-]{0,64}["']?\\s{0,4}[=:](?!//)\\s{0,4})("[^"]*"|'[^']*'|[^\\s,;&"']+)`,
  'gi',
)
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi
const JSON_WEB_TOKEN = /\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}-----|$)/g

/** Whether a value under this name is for nobody to read in a log. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name)
}

/** A text as it may stand in a log: what looks like a secret is hidden, and what is very long is cut. */
export function withoutSecrets(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text
  return shown
    .replace(PRIVATE_KEY, HIDDEN)
    .replace(BEARER, `$1 ${HIDDEN}`)
    .replace(JSON_WEB_TOKEN, HIDDEN)
    .replace(USER_INFO, (_, scheme?: string) => `${scheme ?? ''}${HIDDEN}@`)
    .replace(ASSIGNMENT, `$1${HIDDEN}`)
}

/** The same for every text in a value, and for all that stands under the name of a secret. */
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
