import { goPrograms } from '../go-programs.ts'

/** A program that registers and finds with the libraries of Go's frameworks, at the versions of go.mod: main.go says how. */
export const goFrameworks = goPrograms({
  name: 'go-frameworks',
  folder: import.meta.dirname,
  commands: { 'go-frameworks': '.' },
})
