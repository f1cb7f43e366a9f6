import { AIO_SIGN } from './aio.ts'
import { curator } from './curator.ts'
import { dubbo } from './dubbo.ts'
import { goFrame } from './goframe.ts'
import { goMicro } from './go-micro.ts'
import { goZero } from './go-zero.ts'
import { grpcNaming } from './grpc-naming.ts'
import { kitex } from './kitex.ts'
import { KRATOS_SIGN } from './kratos.ts'
import type { Marked, RecordSign } from './record-sign.ts'

/** All signs. A record has the first that fits; the sources are the writers' own structs. */
export const SIGNS: readonly RecordSign[] = [
  KRATOS_SIGN,
  AIO_SIGN,
  curator.sign,
  grpcNaming.sign,
  kitex.sign,
  goMicro.sign,
  goFrame.sign,
  dubbo.sign,
  goZero.sign,
]

/** The sign that a record carries. */
export function signOf(marked: Marked): RecordSign | undefined {
  return SIGNS.find((sign) => sign.is(marked))
}
