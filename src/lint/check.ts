import type { LayoutName } from '../model/observed.ts'
import { CATALOGUE } from './catalogue.ts'
import { type Finding, findingOf, originOf } from './finding.ts'
import type { Fold, FoldRule, RecordRule, Rule, Severity, Subject } from './rule.ts'
import { type CheckedRecord, subjectOf } from './subject.ts'

/**
 * Reads the records to be checked in batches, those of one service together. Called once, and once more, for some
 * services or for all, when a rule about several records has to name the records it suspects.
 */
export type Look = (services?: readonly string[]) => AsyncIterable<readonly CheckedRecord[]>

export interface CheckOptions {
  /** Left out: the catalogue. Narrow it with `selectRules`. */
  readonly rules?: readonly Rule[]
  /** The layout that was asked for; left out for `auto`. */
  readonly layout?: LayoutName
  /** Milliseconds since 1970. */
  readonly now: number
  /** Findings for which this holds are neither returned nor counted. */
  readonly isExpected?: ((finding: Finding) => boolean) | undefined
}

/**
 * The findings in batches, as they are made: of single records in the registry's order, then those about several
 * records.
 */
export interface Check extends AsyncIterable<readonly Finding[]> {
  readonly counts: LintCounts
}

/** What was seen so far. */
export type LintCounts = { records: number; foreign: number } & Record<Severity, number>

/** Memory: 8 bytes a record and 8 for each address of the service at hand, besides the findings that are named twice. */
export function checkEntries(look: Look, options: CheckOptions): Check {
  const counts: LintCounts = { records: 0, foreign: 0, error: 0, warning: 0, info: 0 }
  const { isExpected } = options
  return {
    counts,
    async *[Symbol.asyncIterator]() {
      for await (const all of findings(look, options, counts)) {
        const batch = isExpected ? all.filter((finding) => !isExpected(finding)) : all
        if (batch.length === 0) continue
        for (const { severity } of batch) counts[severity]++
        yield batch
      }
    },
  }
}

/** What the rules about one record alone say of it. */
export function checkRecord(record: CheckedRecord, options: CheckOptions): Finding[] {
  const { rules = CATALOGUE, layout: expected, now, isExpected } = options
  const found: Finding[] = []
  new RecordRules(rules).check(subjectOf(record, { now, expected }), found)
  return isExpected ? found.filter((finding) => !isExpected(finding)) : found
}

export function isFoldRule(rule: Rule): rule is FoldRule {
  return 'begin' in rule
}

function isRecordRule(rule: Rule): rule is RecordRule {
  return 'check' in rule
}

async function* findings(look: Look, options: CheckOptions, counts: LintCounts): AsyncGenerator<readonly Finding[]> {
  const { rules = CATALOGUE, layout: expected, now } = options
  const recordRules = new RecordRules(rules)
  const folds = new Folds(rules)
  for await (const batch of look()) {
    const found: Finding[] = []
    for (const record of batch) {
      counts.records++
      if (record.reading.is === 'foreign') counts.foreign++
      const subject = subjectOf(record, { now, expected })
      recordRules.check(subject, found)
      folds.add(subject, found)
    }
    yield found
  }
  const services = folds.secondLook()
  if (services !== 'all' && services.length === 0) return
  for await (const batch of look(services === 'all' ? undefined : services)) {
    const found: Finding[] = []
    for (const record of batch) folds.again(subjectOf(record, { now, expected }), found)
    yield found
  }
}

/** Rules that look at one record alone; those that cannot flag an ordinary record are not asked about one. */
class RecordRules {
  readonly #all: readonly RecordRule[]
  readonly #ofOrdinary: readonly RecordRule[]

  constructor(rules: readonly Rule[]) {
    this.#all = rules.filter(isRecordRule)
    this.#ofOrdinary = this.#all.filter((rule) => rule.flagsOrdinary)
  }

  check(subject: Subject, found: Finding[]): void {
    const asked = subject.isOrdinary ? this.#ofOrdinary : this.#all
    for (const rule of asked) {
      if (!applies(rule, subject)) continue
      for (const hit of rule.check(subject)) found.push(findingOf(rule, { ...hit, origin: originOf(subject) }))
    }
  }
}

/** Rules about several records, at work. */
class Folds {
  readonly #works: readonly { readonly rule: FoldRule; readonly fold: Fold }[]

  constructor(rules: readonly Rule[]) {
    this.#works = rules.filter(isFoldRule).map((rule) => ({ rule, fold: rule.begin() }))
  }

  add(subject: Subject, found: Finding[]): void {
    for (const { rule, fold } of this.#works)
      if (applies(rule, subject)) for (const hit of fold.add(subject)) found.push(findingOf(rule, hit))
  }

  again(subject: Subject, found: Finding[]): void {
    for (const { rule, fold } of this.#works)
      if (applies(rule, subject)) for (const hit of fold.again?.(subject) ?? []) found.push(findingOf(rule, hit))
  }

  secondLook(): readonly string[] | 'all' {
    const looks = this.#works.map(({ fold }) => fold.end())
    return looks.includes('all') ? 'all' : [...new Set(looks.flatMap((services) => services))]
  }
}

function applies({ layouts, foreign }: Rule, { layout, reading }: Subject): boolean {
  if (reading.is === 'foreign' && !foreign) return false
  return layouts === undefined || layouts.includes(layout)
}
