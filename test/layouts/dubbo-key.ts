interface Provider {
  readonly application?: string
  readonly service?: string
  readonly address?: string
  readonly protocol?: string
  readonly folder?: string
  readonly root?: string
  readonly more?: Readonly<Record<string, string>>
}

/** As Java's URLEncoder writes it, for the characters that tests use. */
const encoded = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')

/** The key under which Dubbo registers a provider at interface level. */
export function dubboKey({
  application = 'orders',
  service = 'com.acme.Orders',
  address = '10.0.0.1:20880',
  protocol = 'dubbo',
  folder = 'providers',
  root = '/dubbo',
  more = {},
}: Provider): string {
  const named = application === '' ? {} : { application }
  const parameters = Object.entries({ ...named, interface: service, side: 'provider', ...more })
  const query = parameters.map(([name, value]) => `${name}=${value}`).join('&')
  return `${root}/${encoded(service)}/${folder}/${encoded(`${protocol}://${address}/${service}?${query}`)}`
}
