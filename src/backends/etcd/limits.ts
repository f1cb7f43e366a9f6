/**
 * Milliseconds between pings while a stream is open. Without a stream, etcd treats the third ping as an attack and hangs
 * up.
 */
export const KEEPALIVE = 10_000
/** Milliseconds after which a connection that has not answered a ping is given up. */
export const KEEPALIVE_TIMEOUT = 5_000
/** Bytes that the server can send before they are read. */
export const WINDOW = 4 << 20
