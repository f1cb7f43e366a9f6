import type { LayoutName } from '../model/observed.ts'
import { aio } from './aio.ts'
import { curator } from './curator.ts'
import { dubbo } from './dubbo.ts'
import { goFrame } from './goframe.ts'
import { goMicro } from './go-micro.ts'
import { goZero } from './go-zero.ts'
import { grpcNaming } from './grpc-naming.ts'
import { kitex } from './kitex.ts'
import { kratos } from './kratos.ts'
import { kratosScheme } from './kratos-scheme.ts'
import type { Layout } from './layout.ts'
import { plain } from './plain.ts'

/** Every layout, a line each. */
export const layouts: Readonly<Record<LayoutName, Layout>> = {
  kratos,
  'kratos-scheme': kratosScheme,
  aio,
  plain,
  'go-zero': goZero,
  'grpc-naming': grpcNaming,
  kitex,
  'go-micro': goMicro,
  goframe: goFrame,
  curator,
  dubbo,
}
