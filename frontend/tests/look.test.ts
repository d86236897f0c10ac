/** The colours of both themes, read from the style sheet, against WCAG 2.2 AA. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

type Rgb = [number, number, number]

const css = readFileSync(join(import.meta.dirname, '..', 'src', 'index.css'), 'utf8')

function tokens(selector: string): Map<string, Rgb> {
  const block = css.slice(css.indexOf(`${selector} {`)).split('}')[0] ?? ''
  const found = new Map<string, Rgb>()
  for (const [, name = '', l, c, h] of block.matchAll(/--([\w-]+): oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\);/g)) {
    found.set(name, linearRgb(Number(l) / 100, Number(c), Number(h)))
  }
  return found
}

/** OKLCH to linear sRGB, by Björn Ottosson's matrices. */
function linearRgb(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const rgb: Rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
  return rgb.map((part) => Math.min(1, Math.max(0, part))) as Rgb
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: Rgb, other: Rgb): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

const TEXT_ON: [string, string[]][] = [
  ['fg', ['bg', 'side', 'card', 'muted', 'accent']],
  ['muted-fg', ['bg', 'side', 'card', 'muted']],
  ['primary', ['bg', 'card']],
  ['primary-fg', ['primary']],
  ['accent-fg', ['accent', 'card']],
  ['ok', ['ok-bg', 'card']],
  ['warn', ['warn-bg', 'card', 'bg']],
  ['err', ['err-bg', 'card', 'bg']],
]

describe.each([
  ['light', ':root'],
  ['dark', '.dark'],
])('the %s theme', (_, selector) => {
  const colours = tokens(selector)
  const pairs = TEXT_ON.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const))

  it.each(pairs)('%s can be read on %s', (text, ground) => {
    expect(contrast(colours.get(text)!, colours.get(ground)!)).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['bg', 'card'])('the focus ring can be seen on %s', (ground) => {
    expect(contrast(colours.get('ring')!, colours.get(ground)!)).toBeGreaterThanOrEqual(3)
  })
})
