import type { Metadata } from '../../model/instance.ts'
import { type Host, isObject } from './host.ts'

const SCHEME = /^[a-z][a-z\d+.-]{0,31}$/i
/** What Dubbo speaks unless told otherwise. */
const DUBBO = 'dubbo'

/** The id that Sponge keeps beside the scheme and the version, and its clients read back. Source: pkg/servicerd/registry/nacos of Sponge. */
export function spongeId(metadata: Metadata): string | undefined {
  const isMarked = ['id', 'kind', 'version'].every((key) => Object.hasOwn(metadata, key))
  return isMarked ? metadata['id'] || undefined : undefined
}

/**
 * The protocol of a Dubbo provider; undefined for any other instance. An interface has it in its own metadata, an application in a
 * list of protocols and ports. Never throws. Source: NacosRegistry and ServiceInstanceMetadataUtils of Dubbo.
 */
export function dubboScheme({ metadata, port }: Host): string | undefined {
  if (metadata['interface'] !== undefined) return schemeOf(metadata['protocol'])
  if (metadata['dubbo.metadata.revision'] === undefined && metadata['dubbo.endpoints'] === undefined) return undefined
  const listed = listIn(metadata['dubbo.endpoints'])
  const here = listed.find((endpoint) => isObject(endpoint) && endpoint['port'] === port)
  const own = isObject(here) ? schemeOf(here['protocol']) : undefined
  // The port of an application that is also Spring's is not Dubbo's.
  if (own !== undefined || isSpring(metadata)) return own
  const service = jsonIn(metadata['dubbo.metadata-service.url-params'])
  return (isObject(service) ? schemeOf(service['protocol']) : undefined) ?? DUBBO
}

/** The scheme of an instance of Spring Cloud Alibaba; undefined for any other. */
export function springScheme(metadata: Metadata): string | undefined {
  if (!isSpring(metadata)) return undefined
  return metadata['secure'] === 'true' ? 'https' : 'http'
}

function isSpring(metadata: Metadata): boolean {
  return metadata['preserved.register.source'] === 'SPRING_CLOUD'
}

function schemeOf(value: unknown): string | undefined {
  return typeof value === 'string' && SCHEME.test(value) ? value.toLowerCase() : undefined
}

function listIn(json: string | undefined): readonly unknown[] {
  const value = jsonIn(json)
  return Array.isArray(value) ? value : []
}

function jsonIn(json = ''): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
