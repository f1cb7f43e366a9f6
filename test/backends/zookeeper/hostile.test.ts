import { type Server, type Socket, createServer } from 'node:net'
import { once } from 'node:events'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { askWord } from '../../../src/backends/zookeeper/client/four-letter-word.ts'
import { Frames, framed } from '../../../src/backends/zookeeper/client/frames.ts'
import { JuteError, JuteReader, JuteWriter } from '../../../src/backends/zookeeper/client/jute.ts'
import { getData, multiGetChildren, multiGetData } from '../../../src/backends/zookeeper/client/requests.ts'
import { Session } from '../../../src/backends/zookeeper/client/session.ts'
import { ServerError } from '../../../src/backends/zookeeper/client/codes.ts'

describe('hostile frames', () => {
  it('are cut the same however the stream is', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 })
    fc.assert(
      fc.property(bodies, fc.integer({ min: 1, max: 60 }), (parts, size) => {
        const stream = Buffer.concat(parts.map((part) => framed(Buffer.from(part))))
        const frames = new Frames()
        const cut: string[] = []
        for (let at = 0; at < stream.length; at += size)
          cut.push(...frames.add(stream.subarray(at, at + size)).map((frame) => frame.toString('hex')))
        expect(cut).toEqual(parts.map((part) => Buffer.from(part).toString('hex')))
      }),
    )
  })

  it('are read, or refused as what they are', () => {
    const requests = [getData('/a'), multiGetData(['/a', '/b']), multiGetChildren(['/a'])]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...requests), (bytes, request) => {
        try {
          request.read(new JuteReader(Buffer.from(bytes)))
        } catch (error) {
          expect(error instanceof JuteError || error instanceof ServerError).toBe(true)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.boolean(),
        fc.string(),
        fc.array(fc.string()),
        (...said) => {
          const [int, long, bool, text, texts] = said
          const written = new JuteWriter()
            .int(int | 0)
            .long(long)
            .bool(bool)
            .text(text)
            .texts(texts)
            .done()
          const reader = new JuteReader(written)
          const read = [reader.int(), reader.long(), reader.bool(), reader.text(), reader.texts(), reader.left]
          expect(read).toEqual([int | 0, long, bool, wellFormed(text), texts.map(wellFormed), 0])
        },
      ),
    )
  })

  it('end a request with an error, and never hang it', async () => {
    let answer = Buffer.alloc(0)
    const { server, endpoint } = await listening((socket) => {
      socket.on('data', () => socket.write(answer))
      socket.on('error', () => {})
    })
    const welcome = new JuteWriter().int(0).int(5_000).long(7n).bytes(Buffer.alloc(16)).done()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (bytes, polite) => {
        answer = Buffer.concat([...(polite ? [framed(welcome)] : []), framed(Buffer.from(bytes))])
        const session = sessionWith(endpoint)
        await expect(session.request(getData('/a'))).rejects.toBeInstanceOf(Error)
        await session.leave()
      }),
      { numRuns: 40 },
    )
    server.close()
  })

  it('leave a session trying every second, which would soon expire', { timeout: 40_000 }, async () => {
    let tries = 0
    const { server, endpoint } = await listening((socket) => {
      tries++
      socket.on('error', () => {}).destroy()
    })
    const session = sessionWith(endpoint)
    await expect(session.request(getData('/a'))).rejects.toBeInstanceOf(Error)
    // With twice the delay each time, these would take half a minute.
    await expect.poll(() => tries, { timeout: 20_000 }).toBeGreaterThan(11)
    await session.leave()
    server.close()
  })

  it('give up a server that says nothing to a four-letter word, or never ends', async () => {
    await expect(wordTo(() => {}, 500)).rejects.toThrow('no answer in 500 ms')
    const asked = (talk: (socket: Socket) => void) => wordTo(talk, 20_000)
    await expect(asked((socket) => void socket.resetAndDestroy())).rejects.toThrow('ECONNRESET')
    await expect(asked((socket) => void socket.end('Mode: standalone'))).resolves.toBe('Mode: standalone')
    await expect(asked(endless)).rejects.toThrow('the answer is too long')
  })
})

/** A write that fails tells so before the socket counts as destroyed: another one then would come back at once, for ever. */
function endless(socket: Socket): void {
  socket.write(Buffer.alloc(1 << 20), (error) => {
    if (!error) endless(socket)
  })
}

/** A server that does so with each connection. */
async function listening(talk: (socket: Socket) => void): Promise<{ server: Server; endpoint: string }> {
  const server = createServer(talk).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { server, endpoint: `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}` }
}

function sessionWith(endpoint: string): Session {
  return new Session({
    endpoints: [endpoint],
    chroot: '',
    tls: undefined,
    login: undefined,
    timeout: 5_000,
    patience: 300,
    renew: true,
  })
}

/** What a server that talks so is heard to say. */
async function wordTo(talk: (socket: Socket) => void, patience: number): Promise<string> {
  const { server, endpoint } = await listening((socket) => {
    socket.on('error', () => {})
    talk(socket)
  })
  try {
    return await askWord('cons', { endpoint, tls: undefined, patience })
  } finally {
    server.close()
  }
}

function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}
