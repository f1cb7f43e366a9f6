/** The code of the error that the work fails with, or `done`. */
export async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return await work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  )
}
