import { relative, resolve } from 'node:path'
import type { Io } from '../io.ts'
import { clean } from './text.ts'

export type AnnotationLevel = 'error' | 'warning' | 'notice'

export interface Annotation {
  readonly level: AnnotationLevel
  readonly title: string
  readonly text: string
  /** A file of the repository, and the line in it. */
  readonly file?: string
  readonly line?: number
}

/**
 * One of GitHub's workflow commands, with its line end: the runner shows it as an annotation.
 * Source: GitHub Docs, "Workflow commands for GitHub Actions", and its toolkit's escapes.
 */
export function annotation({ level, title, text, file, line }: Annotation): string {
  const place = file === undefined ? '' : `file=${escapeProperty(clean(file))},line=${line ?? 1},`
  return `::${level} ${place}title=${escapeProperty(clean(title))}::${escapeData(clean(text))}\n`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** A path from the root of the repository where GitHub's runner says where that is, else as it was given. */
export function inRepository({ env, cwd }: Pick<Io, 'env' | 'cwd'>, path: string): string {
  const root = env.GITHUB_WORKSPACE
  return root === undefined || root === '' ? path : relative(root, resolve(cwd, path))
}
