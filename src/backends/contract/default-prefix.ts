/** Which prefixes are a layout's own, and in which layout is written under a prefix. */
export { isDefaultPrefix, usualLayout } from '../../layouts/index.ts'
