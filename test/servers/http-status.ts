import { get } from 'node:http'

/** The status of a GET, from a connection of its own; undefined when there is no answer within two seconds. */
export function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(undefined))
  })
}
