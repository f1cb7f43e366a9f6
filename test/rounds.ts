/** How often chance is tried: `usual` times, or `whole` where a run is to leave nothing out, as CI's. */
export function rounds(usual: number, whole: number): number {
  return process.env['ROLLCALL_TEST_REQUIRE'] === 'all' ? whole : usual
}
