/**
 * A value that is being made, to be filled field by field: a literal with spreads takes several times as long, and a list has one for
 * each record.
 */
export type Writable<T> = { -readonly [Field in keyof T]: T[Field] }
