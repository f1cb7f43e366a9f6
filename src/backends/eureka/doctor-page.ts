import type { Diagnosis } from '../../model/diagnosis.ts'
import { advice } from '../../model/wording.ts'
import type { Diagnoses } from '../contract/diagnose.ts'

/** The other peers, as a peer's status in XML has them. Undefined where it has none, or this is something else. Pure. */
export function replicaDiagnosis({ ok, warning }: Diagnoses, status: string): Diagnosis | undefined {
  const named = (element: string) =>
    (new RegExp(`<${element}>([^<]*)</${element}>`).exec(status)?.[1] ?? '')
      .split(',')
      .map((url) => url.trim())
      .filter(Boolean)
  const [all, away] = [named('registered-replicas'), named('unavailable-replicas')]
  if (all.length === 0) return undefined
  if (away.length === 0) return ok('replicas', `its replicas are available: ${all.join(', ')}`)
  // It counts a peer that it knows by another name, or that does not register itself, as not available.
  const fix =
    'start that peer; if it runs, it registers itself (eureka.client.register-with-eureka), under the host name of the URL (eureka.instance.hostname)'
  return warning('replicas', `it counts these replicas as not available: ${away.join(', ')}`, fix)
}

/** What the page for people says of self-preservation; empty where this is not that page. Pure. */
export function pageDiagnoses(about: Diagnoses, html: string): Diagnosis[] {
  const text = html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
  const number = (label: RegExp) => {
    const found = label.exec(text)?.[1]
    return found === undefined ? undefined : Number(found.replace(/\D/g, ''))
  }
  const threshold = number(/Renews threshold:? ([\d.,]+)/)
  const last = number(/Renews \(last min\):? ([\d.,]+)/)
  if (threshold === undefined || last === undefined) return []
  return [renewals(about, threshold, last), preservation(about, text)]
}

function renewals({ ok, warning }: Diagnoses, threshold: number, last: number): Diagnosis {
  const fact = `${last === 1 ? '1 renewal' : `${last} renewals`} in the last minute, and the threshold is ${threshold}`
  const measure = { value: last, unit: 'count' } as const
  if (last >= threshold) return ok('renewals', fact, measure)
  return warning(
    'renewals',
    fact,
    'find out why too few heartbeats come; a server that has just started needs some minutes',
    measure,
  )
}

function preservation({ ok, warning }: Diagnoses, text: string): Diagnosis {
  if (/EMERGENCY!/.test(text))
    return warning(
      'self-preservation',
      'it is in force: instances that have ended are kept, and listed as up',
      `find out why too few heartbeats come; ${advice('purgeExpired')} removes what has ended`,
    )
  if (/SELF PRESERVATION MODE IS TURNED OFF/i.test(text))
    return warning(
      'self-preservation',
      'it is turned off: when the network fails, Eureka removes instances that live',
      'turn it on where that matters: eureka.server.enable-self-preservation',
    )
  return ok('self-preservation', 'it is not in force')
}
