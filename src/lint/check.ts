import type { LayoutName } from '../model/observed.ts'
import { CATALOGUE } from './catalogue.ts'
import { type Finding, findingOf, originOf } from './finding.ts'
import type { Fold, FoldHit, FoldRule, RecordRule, Rule, Severity, Subject } from './rule.ts'
import { type CheckedRecord, subjectOf } from './subject.ts'

/**
 * Reads the records to be checked, those of one service together. Called once, and once more, for some services or
 * for all, when a rule about several records has to name the records it suspects.
 */
export type Look = (services?: readonly string[]) => AsyncIterable<CheckedRecord>

export interface CheckOptions {
  /** Left out: the catalogue. Narrow it with `selectRules`. */
  readonly rules?: readonly Rule[]
  /** The layout that was asked for; left out for `auto`. */
  readonly layout?: LayoutName
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The findings, as they are made: of single records in the registry's order, then those about several records. */
export interface Check extends AsyncIterable<Finding> {
  readonly counts: LintCounts
}

/** What was seen so far. */
export type LintCounts = { records: number; foreign: number } & Record<Severity, number>

interface Work {
  readonly rule: FoldRule
  readonly fold: Fold
}

/** Memory: 8 bytes a record and 8 for each address of the service at hand, besides the findings that are named twice. */
export function checkEntries(look: Look, options: CheckOptions): Check {
  const counts: LintCounts = { records: 0, foreign: 0, error: 0, warning: 0, info: 0 }
  return {
    counts,
    async *[Symbol.asyncIterator]() {
      for await (const finding of findings(look, options, counts)) {
        counts[finding.severity]++
        yield finding
      }
    },
  }
}

/** What the rules about one record alone say of it. */
export function checkRecord(record: CheckedRecord, options: CheckOptions): Finding[] {
  const { rules = CATALOGUE, layout: expected, now } = options
  return check(subjectOf(record, { now, expected }), rules.filter(isRecordRule))
}

export function isFoldRule(rule: Rule): rule is FoldRule {
  return 'begin' in rule
}

function isRecordRule(rule: Rule): rule is RecordRule {
  return 'check' in rule
}

async function* findings(look: Look, options: CheckOptions, counts: LintCounts): AsyncGenerator<Finding> {
  const { rules = CATALOGUE, layout: expected, now } = options
  const recordRules = rules.filter(isRecordRule)
  const works = rules.filter(isFoldRule).map((rule): Work => ({ rule, fold: rule.begin() }))
  for await (const record of look()) {
    counts.records++
    if (record.reading.is === 'foreign') counts.foreign++
    const subject = subjectOf(record, { now, expected })
    // not yield*: delegating waits twice for every record, also for one without findings
    for (const finding of check(subject, recordRules)) yield finding
    for (const finding of fold(subject, works, (each) => each.add(subject))) yield finding
  }
  const services = secondLook(works)
  if (services !== 'all' && services.length === 0) return
  for await (const record of look(services === 'all' ? undefined : services)) {
    const subject = subjectOf(record, { now, expected })
    for (const finding of fold(subject, works, (each) => each.again?.(subject) ?? [])) yield finding
  }
}

function check(subject: Subject, rules: readonly RecordRule[]): Finding[] {
  const found: Finding[] = []
  for (const rule of rules) {
    if (!applies(rule, subject)) continue
    for (const hit of rule.check(subject)) found.push(findingOf(rule, { ...hit, origin: originOf(subject) }))
  }
  return found
}

function fold(subject: Subject, works: readonly Work[], step: (fold: Fold) => readonly FoldHit[]): Finding[] {
  return works
    .filter(({ rule }) => applies(rule, subject))
    .flatMap((work) => step(work.fold).map((hit) => findingOf(work.rule, hit)))
}

function applies({ layouts, foreign }: Rule, { layout, reading }: Subject): boolean {
  if (reading.is === 'foreign' && !foreign) return false
  return layouts === undefined || layouts.includes(layout)
}

function secondLook(works: readonly Work[]): readonly string[] | 'all' {
  const looks = works.map((work) => work.fold.end())
  return looks.includes('all') ? 'all' : [...new Set(looks.flatMap((services) => services))]
}
