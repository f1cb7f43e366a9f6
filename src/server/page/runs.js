import { age, byId, make } from './dom.js'
import { Refused, ask } from './stream.js'
import { amount, printable } from './text.js'

/** @import { Shared } from './display.js' */

/**
 * What was done from the machine of the server, as `undo --list` has it there.
 *
 * @typedef {object} Run
 * @property {string} id
 * @property {string} at
 * @property {string} command
 * @property {string} user
 * @property {string} [drained]
 * @property {number} records
 * @property {'no' | 'partly' | 'yes'} takenBack
 */

/**
 * Reads the runs, and offers to take them back, where the token may.
 *
 * @param {string} token @param {Shared} shared @param {AbortSignal} signal Of the session: what comes later is of nobody.
 */
export async function showRuns(token, { actions, propose }, signal) {
  const section = byId('done')
  section.hidden = !actions().includes('undo')
  if (section.hidden) return forgetRuns()
  try {
    const answer = await ask('registry/runs', token, AbortSignal.any([signal, AbortSignal.timeout(20_000)]))
    const { data } = await answer.json()
    const runs = /** @type {readonly Run[]} */ (data)
    byId('no-runs').hidden = runs.length > 0
    const mark = JSON.stringify(runs)
    // What is the same stays, with the button that has the focus.
    if (section.dataset.mark === mark) return
    section.dataset.mark = mark
    byId('runs').replaceChildren(...runs.map((run) => itemOf(run, () => propose({ action: 'undo', run: run.id }))))
  } catch (error) {
    if (!signal.aborted) section.hidden = error instanceof Refused
  }
}

/** Nothing of what one token sees may be left for the next. */
export function forgetRuns() {
  byId('done').hidden = true
  byId('done').dataset.mark = ''
  byId('runs').replaceChildren()
}

/** @param {Run} run @param {() => void} undo */
function itemOf({ id, at, command, user, drained = '', records, takenBack }, undo) {
  const what = make('span', { class: 'what' }, make('bdi', {}, printable(`${command} ${drained}`.trim())))
  const facts = [`${amount(records, 'record')} by ${printable(user)}, `, age(at), ' ago']
  const button = make('button', { type: 'button', 'aria-label': `Undo ${command} ${id}` }, 'Undo…')
  button.addEventListener('click', undo)
  const end = takenBack === 'yes' ? make('span', { class: 'soft' }, 'taken back') : button
  return make(
    'li',
    {},
    what,
    end,
    make('span', { class: 'soft' }, ...facts, takenBack === 'partly' ? ', partly taken back' : ''),
  )
}
