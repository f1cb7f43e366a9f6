export { layouts } from './by-name.ts'
export { decode } from './decode.ts'
export { isFramework } from './framework.ts'
export { type Recognised, recognise } from './recognise.ts'
export {
  PATRONI,
  SYSTEMS,
  isDefaultPrefix,
  layoutsIn,
  ownerOf,
  prefixesToRead,
  systemOf,
  usualLayout,
} from './owner.ts'
export { SIGNS } from './signs.ts'
