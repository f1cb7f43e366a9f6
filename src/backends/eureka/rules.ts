import { originOf, quoted } from '../../lint/finding.ts'
import type { Fold, FoldHit, FoldRule, RecordRule, Rule, Subject } from '../../lint/rule.ts'
import { parseEndpoint } from '../../model/endpoint.ts'
import { type EurekaTree, numberIn, portIn, textIn, treeIn } from './instance.ts'
import { type EurekaRecord, isOfKratos, ownRecord } from './record.ts'

const AT = 'SRE/10.0.0.1:SRE:9000'

const otherEndpoint: RecordRule = {
  code: 'RC2501',
  severity: 'warning',
  title: 'endpoint of another record',
  cause:
    "Kratos' module for Eureka has a record for each endpoint, and up to version 3.0 fills in one map of metadata for all of them: an " +
    'instance that has metadata of its own then advertises its last endpoint in every record. Clients see that one twice, and the others never.',
  fix: 'update the module to a version after 3.0.0, or leave out the metadata, then restart the program',
  good: `${AT}\n{…,"port":{"$":9000,…},"metadata":{"Endpoints":"grpc://10.0.0.1:9000",…}}`,
  bad: `${AT}\n{…,"port":{"$":9000,…},"metadata":{"Endpoints":"http://10.0.0.1:8000",…}}`,
  flagsOrdinary: false,
  check: (subject) =>
    ifRecord(subject, ({ body }) => {
      if (!isOfKratos(body)) return []
      const written = textIn(treeIn(body, 'metadata'), 'Endpoints')
      const endpoint = parseEndpoint(written)
      const port = numberIn(treeIn(body, 'port'), '$')
      if (endpoint.is === 'flaw' || endpoint.port === port) return []
      return [{ message: `the record is of port ${port}, and its endpoint is ${quoted(written)}`, culprit: written }]
    }),
}

const noPort: RecordRule = {
  code: 'RC2502',
  severity: 'warning',
  title: 'no port that is enabled',
  cause:
    "Eureka's clients call the port that is enabled, and here none is, or its number is 0. Kratos writes 0 for an endpoint with " +
    'something behind its port, such as ?isSecure=false.',
  fix: 'register it with an endpoint that ends in its port',
  good: `${AT}\n{…,"port":{"$":9000,"@enabled":"true"}}`,
  bad: `${AT}\n{…,"port":{"$":0,"@enabled":"true"}}`,
  flagsOrdinary: false,
  check: (subject) =>
    ifRecord(subject, ({ body }) =>
      portIn(body, 'port') === undefined && portIn(body, 'securePort') === undefined
        ? [{ message: 'neither its port nor its secure port can be called' }]
        : [],
    ),
}

const preserved: RecordRule = {
  code: 'RC2503',
  severity: 'warning',
  title: 'kept by self-preservation',
  cause:
    'Its lease has ended, and Eureka keeps it: fewer heartbeats come than it expects, so it takes its own network to be at fault. ' +
    'Clients still call what may be long gone.',
  fix: 'look whether instances can reach Eureka; rollcall purge --status expired removes what is really gone',
  good: `${AT} with a heartbeat less than its lease ago`,
  bad: `${AT} with its last heartbeat longer than two leases ago`,
  flagsOrdinary: false,
  check: (subject) =>
    ifRecord(subject, ({ beside }) =>
      beside?.preserved ? [{ message: 'its lease has ended, and self-preservation keeps it' }] : [],
    ),
}

const spellings: FoldRule = {
  code: 'RC2504',
  severity: 'warning',
  title: 'application of several services',
  cause:
    'Eureka has names in upper case alone, so that services whose names differ in nothing else are one application: clients that ask ' +
    'for one of them get the instances of all.',
  fix: 'give one of the services another name',
  good: `${AT}\n{…,"metadata":{"Name":"sre",…}}`,
  bad: `${AT}\n{…,"metadata":{"Name":"sre",…}}\nSRE/10.0.0.2:SRE:9000\n{…,"metadata":{"Name":"Sre",…}}`,
  begin: beginSpellings,
}

/** Rules of this registry alone. */
export const EUREKA_RULES: readonly Rule[] = [otherEndpoint, noPort, preserved, spellings]

function ifRecord<T>({ record }: Subject, look: (record: EurekaRecord) => T[]): T[] {
  const own = ownRecord(record)
  return own ? look(own) : []
}

function appOf({ record }: Subject): string {
  const body: EurekaTree = ownRecord(record)?.body ?? {}
  return textIn(body, 'app')
}

function beginSpellings(): Fold {
  const services = new Map<string, Set<string>>()
  const others = (subject: Subject) =>
    [...(services.get(appOf(subject)) ?? [])].filter((service) => service !== subject.service)
  return {
    add(subject) {
      const app = appOf(subject)
      if (app !== '') services.set(app, (services.get(app) ?? new Set()).add(subject.service))
      return []
    },
    end: () => [...services.values()].filter(({ size }) => size > 1).flatMap((names) => Array.from(names)),
    again: (subject): FoldHit[] =>
      others(subject).length === 0
        ? []
        : [
            {
              origin: originOf(subject),
              message: `the application ${appOf(subject)} is also that of ${others(subject).map(quoted).join(' and ')}`,
            },
          ],
  }
}
