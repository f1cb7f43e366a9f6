/** What looks at the source and at the package, by name; each rejects with what its tool printed when it finds something. */
export const checks: Readonly<Record<string, () => Promise<void>>>
