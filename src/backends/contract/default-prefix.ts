/** Whether a prefix is one that a layout has of its own, so that nobody has to name it. */
export { isDefaultPrefix } from '../../layouts/index.ts'
