/** A version of rollcall, and what it runs on. */
export interface Version {
  readonly version: string
  /** Node's version. */
  readonly node: string
  /** `linux-x64` */
  readonly platform: string
}

/** That version of rollcall in this process. */
export function versionHere(version: string): Version {
  return { version, node: process.versions.node, platform: `${process.platform}-${process.arch}` }
}

/** What `rollcall version` prints for people. Returns one line with its end. */
export function versionLine(version: string): string {
  const here = versionHere(version)
  return `rollcall ${here.version} (node ${here.node}, ${here.platform})\n`
}
