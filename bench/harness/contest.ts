import { type Mark, type Verdict, judge } from './marks.ts'
import { type Metric, NAMES, type Sample } from './metrics.ts'
import { median, spread } from './statistics.ts'

/** A program that is measured again and again. */
export interface Contestant {
  readonly name: string
  measure(): Promise<Sample>
}

/** One piece of work: rollcall, and what stands beside it. */
export interface Work {
  readonly title: string
  readonly ours: Contestant
  readonly peers: readonly Peer[]
  /** What a reader has to know, such as a program that is missing. */
  readonly note?: string | undefined
}

export interface Peer {
  readonly by: Contestant
  readonly marks?: readonly Mark[]
}

/** One metric of one contestant over all rounds. */
export interface Figure {
  readonly median: number
  readonly spread: number
  readonly values: readonly number[]
}

export interface Figures {
  readonly name: string
  readonly figures: Partial<Record<Metric, Figure>>
}

export interface Result {
  readonly title: string
  readonly ours: Figures
  readonly peers: readonly (Figures & { readonly marks: readonly JudgedMark[] })[]
  readonly note?: string | undefined
}

export interface JudgedMark extends Mark {
  readonly verdict: Verdict
}

export interface Rounds {
  readonly rounds: number
  readonly scale: number
}

/**
 * Measures all contestants of some works in turn (A B C A B C …), so that other load falls on all of them alike, and one
 * that stands in several works once. A round before the first is not counted: it fills caches.
 */
export async function contest(works: readonly Work[], { rounds, scale }: Rounds): Promise<Result[]> {
  const all = new Set(works.flatMap(({ ours, peers }) => [ours, ...peers.map(({ by }) => by)]))
  const samples = new Map([...all].map((each): [Contestant, Sample[]] => [each, []]))
  for (const each of all) await each.measure()
  for (let round = 0; round < rounds; round += 1) for (const each of all) samples.get(each)?.push(await each.measure())
  const figuresOf = (each: Contestant): Figures => ({ name: each.name, figures: figuresIn(samples.get(each) ?? []) })
  return works.map(({ title, ours, peers, note }) => {
    const mine = figuresOf(ours)
    const judged = peers.map(({ by, marks = [] }) => {
      const theirs = figuresOf(by)
      return { ...theirs, marks: marks.map((mark) => ({ ...mark, verdict: judge(mark, mine, theirs, scale) })) }
    })
    return { title, ours: mine, peers: judged, note }
  })
}

/** Measures so many runs as one: for what is too short for the clock of processor times. */
export function repeated(contestant: Contestant, times: number): Contestant {
  return {
    name: contestant.name,
    async measure() {
      const sum: Sample = {}
      for (let at = 0; at < times; at += 1)
        for (const [metric, value] of entriesOf(await contestant.measure()))
          sum[metric] = (sum[metric] ?? 0) + value / times
      return sum
    },
  }
}

function figuresIn(samples: readonly Sample[]): Figures['figures'] {
  const figures: Partial<Record<Metric, Figure>> = {}
  for (const metric of NAMES) {
    const values = samples.flatMap((sample) => sample[metric] ?? [])
    if (values.length > 0) figures[metric] = { median: median(values), spread: spread(values), values }
  }
  return figures
}

function entriesOf(sample: Sample): [Metric, number][] {
  return NAMES.flatMap((metric) => (sample[metric] === undefined ? [] : [[metric, sample[metric]]]))
}
