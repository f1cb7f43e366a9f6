// eslint-disable-next-line no-control-regex -- what a terminal is told begins with ESC
const SEQUENCE = /(\u001b\[\d+m)/
const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 2: '#8b949e', 1: '#f0f6fc' }
/** A line with a part that is inverse has a bar behind it. */
const [INVERSE, NOT_INVERSE] = ['7', '27']
const [LINE, CHARACTER, MARGIN] = [19, 8.05, 20]

/** An SVG of a terminal that shows these lines, which may hold what sets the sixteen colours, bold, dim and inverse. */
export function picture(lines) {
  const widest = Math.max(
    ...lines.map(
      (line) =>
        line
          .split(SEQUENCE)
          .filter((part) => !SEQUENCE.test(part))
          .join('').length,
    ),
  )
  const [width, height] = [Math.ceil(widest * CHARACTER) + 2 * MARGIN, lines.length * LINE + 2 * MARGIN]
  const bars = lines.flatMap((line, at) =>
    line.includes(`\u001b[${INVERSE}m`)
      ? [
          `<rect x="${MARGIN - 4}" y="${MARGIN + at * LINE}" width="${width - 2 * MARGIN + 8}" height="${LINE}" fill="#30363d"/>`,
        ]
      : [],
  )
  const rows = lines.map((line, at) => `<text x="${MARGIN}" y="${MARGIN + 14 + at * LINE}">${spans(line)}</text>`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" rx="10" fill="#0d1117"/>`,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13.4" fill="#c9d1d9" xml:space="preserve">`,
    ...bars,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function spans(line) {
  let colour
  return line
    .split(SEQUENCE)
    .map((part) => {
      const code = SEQUENCE.test(part) ? part.replace(/\D/g, '') : undefined
      if (code !== undefined && code !== INVERSE && code !== NOT_INVERSE) colour = COLOURS[code]
      if (code !== undefined || part === '') return ''
      const text = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
      return `<tspan${colour ? ` fill="${colour}"` : ''}>${text}</tspan>`
    })
    .join('')
}
