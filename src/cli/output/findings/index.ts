/** Findings for machines that build and test: GitHub's annotations, code scanning, test reports. */
export { githubEncoder } from './github.ts'
export { junitEncoder } from './junit.ts'
export { SARIF_RESULTS, sarifEncoder } from './sarif.ts'
