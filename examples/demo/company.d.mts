/** Raw records as a backup of `rollcall purge` holds them. `now` in milliseconds since 1970. */
export function company(now: number): object[]
