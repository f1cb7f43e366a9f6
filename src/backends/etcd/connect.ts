import type { Login } from './login.ts'
import { Member } from './member.ts'
import { tlsCredentials } from './credentials.ts'
import { tlsOptions } from './place.ts'
import type { Tls } from '../contract/tls.ts'
import { RECONNECT_BACKOFF, Transport } from './transport.ts'

/** Between pings while a stream is open, in milliseconds. Without one etcd takes the third for an attack, and hangs up. */
const KEEPALIVE = 10_000
const KEEPALIVE_TIMEOUT = 5_000
const WINDOW = 4 << 20

/** Makes members; loads etcd3, once. Nothing is sent before the first call. */
export async function connector(tls: Tls | undefined, login: Login | undefined, timeout: number) {
  const [{ Etcd3 }, grpc, { noop }] = await Promise.all([import('etcd3'), import('@grpc/grpc-js'), import('cockatiel')])
  const options = {
    'grpc.max_receive_message_length': -1,
    'grpc.keepalive_time_ms': KEEPALIVE,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': RECONNECT_BACKOFF,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    // Neither a proxy nor a DNS server is to hear of it: requests go to the registry and nowhere else.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc-node.flow_control_window': WINDOW,
  }
  return (endpoint: string): Member => {
    const credentials = tls ? tlsCredentials(grpc, tlsOptions(endpoint, tls)) : grpc.credentials.createInsecure()
    // A channel of our own making: etcd3 cannot be told to skip verification, or to check another name.
    const channel = new grpc.Channel(endpoint, credentials, options)
    const etcd3 = new Etcd3({
      hosts: endpoint,
      grpcOptions: { ...options, channelOverride: channel },
      faultHandling: { global: noop, host: () => noop },
    })
    const transport = new Transport(endpoint, etcd3, channel)
    return new Member(transport, login, timeout)
  }
}
