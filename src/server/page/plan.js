import { byId, make } from './dom.js'
import { Refused, send } from './stream.js'
import { amount, printable } from './text.js'

/**
 * A change as the server plans it.
 *
 * @typedef {object} Asked
 * @property {string} action
 * @property {readonly { service: string, id: string }[]} [targets]
 * @property {string} [host]
 * @property {string} [run]
 * @property {boolean} [force]
 */

/**
 * @typedef {object} PlanItem
 * @property {string} key
 * @property {string} service
 * @property {string} id
 * @property {string} action
 * @property {string} result
 * @property {string} [reason]
 * @property {boolean} [live]
 * @property {boolean} [leased]
 * @property {{ remaining: number }} [ttl]
 * @property {boolean} [comesBack]
 * @property {string} [note]
 */

/**
 * @typedef {object} Plan
 * @property {string} action
 * @property {string} registry
 * @property {readonly PlanItem[]} items
 * @property {readonly { fact: string, force: boolean }[]} refusals
 * @property {readonly string[]} notes
 * @property {string} [confirm]
 * @property {string} digest
 */

/** Records that are listed one by one. */
const LISTED = 100
const COLUMNS = ['Does', 'Record', 'Live', 'Leased', 'Comes back', 'Why']
const TITLES = /** @type {Readonly<Record<string, string>>} */ ({
  offline: 'Take out of traffic',
  online: 'Put back into traffic',
  deregister: 'Deregister',
  drain: 'Drain',
  'purge-malformed': 'Remove malformed records',
  undo: 'Undo',
})

/** Shows what a change would do, asks, has it carried out, and shows what became of it. */
export class PlanDialog {
  #dialog = /** @type {HTMLDialogElement} */ (byId('plan'))
  #yes = /** @type {HTMLButtonElement} */ (byId('plan-yes'))
  #no = /** @type {HTMLButtonElement} */ (byId('plan-no'))
  #force = /** @type {HTMLInputElement} */ (byId('plan-force'))
  #confirm = /** @type {HTMLInputElement} */ (byId('plan-confirm'))
  #token
  #applied
  /** @type {Asked} */
  #asked = { action: '' }
  /** @type {Plan | undefined} */
  #plan
  #isBusy = false
  /** Which question this is: an answer to another comes too late. */
  #turn = 0

  /** @param {() => string} token @param {() => void} applied Called when something was changed. */
  constructor(token, applied) {
    this.#token = token
    this.#applied = applied
    this.#yes.addEventListener('click', () => void this.#apply())
    this.#no.addEventListener('click', () => this.#dialog.close())
    this.#force.addEventListener('change', () => void this.#ask({ ...this.#asked, force: this.#force.checked }))
    this.#confirm.addEventListener('input', () => this.#allow())
    // What is being changed is changed: to close would not stop it, and hide what became of it.
    this.#dialog.addEventListener('cancel', (event) => this.#isBusy && event.preventDefault())
    this.#dialog.addEventListener('close', () => {
      this.#turn += 1
      this.#plan = undefined
    })
  }

  /** @param {Asked} asked */
  open(asked) {
    this.#clear()
    const what = asked.host ?? asked.run ?? asked.targets?.map(({ service, id }) => `${service}/${id}`).join(', ') ?? ''
    const title = [
      TITLES[asked.action] ?? asked.action,
      ...(what === '' ? [] : [': ', make('bdi', {}, printable(what))]),
    ]
    byId('plan-title').replaceChildren(...title)
    if (!this.#dialog.open) this.#dialog.showModal()
    this.#no.focus()
    void this.#ask(asked)
  }

  /** Nothing of what one token sees may be left for the next. */
  close() {
    this.#isBusy = false
    this.#clear()
    if (this.#dialog.open) this.#dialog.close()
  }

  #clear() {
    this.#plan = undefined
    this.#force.checked = false
    this.#confirm.value = ''
    for (const id of [
      'plan-title',
      'plan-where',
      'plan-items',
      'plan-notes',
      'plan-refusals',
      'plan-name',
      'plan-done',
    ])
      byId(id).replaceChildren()
    for (const id of ['plan-forcing', 'plan-confirming', 'plan-done']) byId(id).hidden = true
    this.#say('', '')
    this.#yes.hidden = false
    this.#yes.disabled = true
    this.#no.textContent = 'Cancel'
  }

  /** @param {Asked} asked */
  async #ask(asked) {
    this.#asked = asked
    this.#plan = undefined
    this.#allow()
    const turn = ++this.#turn
    this.#say('Planning…', '')
    try {
      const { data } = await send('registry/plans', this.#token(), asked)
      if (turn !== this.#turn) return
      this.#say('', '')
      this.#show(data)
    } catch (error) {
      if (turn === this.#turn) this.#say('', whyOf(error))
    }
  }

  /** @param {Plan} plan */
  #show(plan) {
    this.#plan = plan
    const { items, refusals, notes, confirm } = plan
    const count = items.filter(({ result }) => result === 'planned').length
    byId('plan-where').textContent = `${amount(count, 'record')} in ${printable(plan.registry)}`
    byId('plan-items').replaceChildren(tableOf(items))
    const own = items.flatMap(({ note }) => note ?? [])
    byId('plan-notes').replaceChildren(
      ...[...new Set([...own, ...notes])].map((note) => make('li', {}, printable(note))),
    )
    byId('plan-refusals').replaceChildren(...refusals.map(({ fact }) => make('li', {}, printable(fact))))
    byId('plan-forcing').hidden = !refusals.some(({ force }) => force)
    byId('plan-confirming').hidden = confirm === undefined
    byId('plan-name').textContent = printable(confirm ?? '')
    this.#yes.textContent = `${TITLES[plan.action] ?? plan.action}: ${amount(count, 'record')}`
    this.#allow()
  }

  /** Whether the button can be pressed. */
  #allow() {
    const { items = [], refusals = [], confirm } = this.#plan ?? {}
    const isRefused = refusals.some(({ force }) => !force || !this.#force.checked)
    const hasWork = items.some(({ result }) => result === 'planned')
    const isNamed = confirm === undefined || this.#confirm.value === confirm
    this.#yes.disabled = this.#isBusy || !this.#plan || isRefused || !hasWork || !isNamed
    this.#no.disabled = this.#isBusy
    this.#force.disabled = this.#isBusy
  }

  async #apply() {
    const plan = this.#plan
    if (!plan || this.#isBusy || this.#yes.disabled) return
    const turn = this.#turn
    this.#isBusy = true
    this.#allow()
    this.#say('Working…', '')
    const confirm = plan.confirm === undefined ? {} : { confirm: this.#confirm.value }
    try {
      const answer = await send('registry/plans/apply', this.#token(), {
        ...this.#asked,
        digest: plan.digest,
        ...confirm,
      })
      if (turn === this.#turn) this.#finish(answer)
      this.#applied()
    } catch (error) {
      if (turn === this.#turn) this.#refuse(error)
    }
    this.#isBusy = false
    this.#allow()
  }

  /** @param {{ code: number, data: { items: readonly PlanItem[], run?: string, notes: readonly string[] } }} answer */
  #finish({ code, data }) {
    /** @type {Map<string, number>} */
    const counts = new Map()
    for (const { result } of data.items) counts.set(result, (counts.get(result) ?? 0) + 1)
    const words = [...counts].map(([result, count]) => `${count} ${result}`).join(', ')
    this.#plan = undefined
    this.#say(`${code === 20_000 ? 'Done' : 'Partly done'}: ${words}.`, '')
    byId('plan-items').replaceChildren(tableOf(data.items))
    byId('plan-notes').replaceChildren(...data.notes.map((note) => make('li', {}, printable(note))))
    byId('plan-refusals').replaceChildren()
    for (const id of ['plan-forcing', 'plan-confirming']) byId(id).hidden = true
    const { run } = data
    byId('plan-done').hidden = run === undefined
    byId('plan-done').textContent =
      `Saved before as ${run}; rollcall undo ${run} takes it back, and so does Undo on this page.`
    this.#yes.hidden = true
    this.#no.disabled = false
    this.#no.textContent = 'Close'
    this.#no.focus()
  }

  /** @param {unknown} error */
  #refuse(error) {
    this.#say('', whyOf(error))
    this.#plan = undefined
    if (!(error instanceof Refused) || error.status !== 409 || !error.data) return
    this.#show(/** @type {Plan} */ (error.data))
    this.#say('', `${whyOf(error)} This is the plan as it is now.`)
  }

  /** @param {string} words @param {string} fault */
  #say(words, fault) {
    byId('plan-state').textContent = printable(words)
    byId('plan-fault').textContent = printable(fault)
  }
}

/** @param {unknown} error */
function whyOf(error) {
  return error instanceof Refused
    ? `${error.message}.`
    : 'The server cannot be reached: look at the registry before you try again.'
}

/** @param {readonly PlanItem[]} items */
function tableOf(items) {
  const heads = COLUMNS.map((column) => make('th', { scope: 'col' }, column))
  const rows = items.slice(0, LISTED).map(rowOf)
  const left = items.length - rows.length
  const more = left > 0 ? [make('tr', {}, make('td', { colspan: String(COLUMNS.length) }, `… and ${left} more`))] : []
  const caption = make('caption', { class: 'unseen' }, 'The records of the plan')
  return make('table', {}, caption, make('thead', {}, make('tr', {}, ...heads)), make('tbody', {}, ...rows, ...more))
}

/** @param {PlanItem} item */
function rowOf({ key, service, id, action, result, reason = '', live, leased, ttl, comesBack, note = '' }) {
  const name = id === '' ? key : `${service}/${id}`
  const lease = leased && ttl ? `yes, ${ttl.remaining} s` : yesOrNo(leased)
  const does = result === 'planned' ? action : `${action}: ${result}`
  const cells = [does, name, yesOrNo(live), lease, yesOrNo(comesBack), reason || note]
  const tds = cells.map((text, at) =>
    make('td', at === 1 ? { title: printable(key) } : {}, make('bdi', {}, printable(text))),
  )
  return make('tr', {}, ...tds)
}

/** @param {boolean | undefined} value */
function yesOrNo(value) {
  if (value === undefined) return '–'
  return value ? 'yes' : 'no'
}
