/** @import { Instance } from './picture.js' */

/** @type {readonly (readonly [string, (instance: Instance) => string])[]} */
const COLUMNS = [
  ['service', ({ service }) => service],
  ['id', ({ id }) => id],
  ['status', ({ status }) => status],
  ['version', ({ version }) => version],
  ['endpoints', ({ endpoints }) => endpoints.join(' ')],
  ['env', ({ env = '' }) => env],
  ['weight', ({ weight = '' }) => String(weight)],
  ['registeredAt', ({ registeredAt = '' }) => registeredAt],
  ['renewedAt', ({ renewedAt = '' }) => renewedAt],
  ['lease', ({ lease = '' }) => lease],
  ['owner', ({ owner = '' }) => owner],
  ['keys', ({ keys }) => keys.join(' ')],
  ['metadata', ({ metadata }) => JSON.stringify(metadata)],
]

/** What a sheet would evaluate. */
const EVALUATED = /^[=+\-@\t\r]/

/** Instances as CSV; no cell of it runs in a sheet. @param {readonly Instance[]} instances */
function csvOf(instances) {
  const rows = instances.map((instance) => COLUMNS.map(([, valueOf]) => cell(valueOf(instance))))
  return [COLUMNS.map(([name]) => name), ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/** @param {string} value */
function cell(value) {
  const safe = EVALUATED.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Instances as `rollcall ls --all -o json` names their fields. @param {readonly Instance[]} instances */
function jsonOf(instances) {
  const items = instances.map(({ hosts: _hosts, holdsStatus: _holds, service, ...item }) => ({
    ...item,
    name: service,
  }))
  return `${JSON.stringify({ apiVersion: 'rollcall/v1', kind: 'InstanceList', asOf: new Date().toISOString(), items }, undefined, 2)}\n`
}

/** Saves instances as a file of the reader's own. @param {readonly Instance[]} instances @param {'csv' | 'json'} format */
export function download(instances, format) {
  const each = [...new Set(instances)]
  const text = format === 'csv' ? csvOf(each) : jsonOf(each)
  const blob = new Blob([text], { type: format === 'csv' ? 'text/csv' : 'application/json' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = `instances.${format}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
