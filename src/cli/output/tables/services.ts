import { escapeService } from '../../../model/target-word.ts'
import type { ServiceItem } from '../../../reports/services.ts'
import type { TableOf } from '../column.ts'

export const servicesTable: TableOf<ServiceItem> = {
  columns: [
    { name: 'SERVICE', text: (item) => item.name },
    { name: 'INSTANCES', text: (item) => String(item.instances), data: (item) => item.instances, align: 'right' },
    {
      name: 'UP',
      text: (item) => String(item.up),
      data: (item) => item.up,
      align: 'right',
      tone: (item) => (item.up < item.instances ? 'notice' : 'good'),
    },
    { name: 'VERSIONS', text: (item) => item.versions.join(',') },
    {
      name: 'MALFORMED',
      text: (item) => String(item.malformed),
      data: (item) => item.malformed,
      align: 'right',
      wide: true,
    },
    { name: 'SCHEMES', text: (item) => item.schemes.join(','), wide: true },
    { name: 'LAYOUTS', text: (item) => item.layouts.join(','), wide: true },
  ],
  name: (item) => escapeService(item.name),
}
