/** What is known of a whole list once it was read. */
export interface ListFacts {
  /** Milliseconds since 1970. */
  readonly asOf?: number
  readonly revision?: string | undefined
  readonly malformed?: number
  /** Keys of other programs. */
  readonly foreign?: number
  /** Further fields of the list, each documented in its schema. */
  readonly also?: Readonly<Record<string, unknown>>
}

/** Turns items into text, one after the other. Any of the three may give an empty text. */
export interface Encoder<Item> {
  open(): string
  row(item: Item): string
  /** The row of an item whose `jsonLine` is known, where the format is made of them. */
  readonly line?: ((json: string) => string) | undefined
  close(facts: ListFacts): string
}
