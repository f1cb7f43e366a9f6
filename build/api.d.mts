/** The pages of docs/api/ by their file names, as the source has them now. */
export function pages(): ReadonlyMap<string, string>
