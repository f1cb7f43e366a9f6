import { RollcallError } from '../../model/errors.ts'
import type { SeveralRegistries } from '../command.ts'
import { type ChosenEntries, type Listing, unanswered } from '../select/listing.ts'

/** What the words and selectors have met in several registries together. */
export class FoundServices {
  readonly services = new Set<string>()
  #nearVersion: string | undefined

  note(entries: ChosenEntries): void {
    for (const name of entries.services) this.services.add(name)
    this.#nearVersion ??= entries.nearVersion
  }

  /** A service that one of them has was found. @throws RollcallError `not-found` unless some could not be read, who may have it */
  require(listing: Listing, registries: SeveralRegistries): void {
    const missing = unanswered(listing, this.services)
    if (missing.length === 0) return
    registries.requireAll()
    const where = registries.all.map(({ name }) => name).join(', ')
    throw new RollcallError('not-found', `no such instance of ${missing.join(', ')} in ${where}`, {
      hint: this.#nearVersion ?? 'rollcall ls lists the services',
    })
  }
}
