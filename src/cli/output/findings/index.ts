/** Findings for machines that build and test: GitHub's annotations, code scanning, test reports. */
export { githubEncoder } from './github.ts'
export { type JunitOptions, junitEncoder } from './junit.ts'
export { type SarifOptions, sarifEncoder } from './sarif.ts'
