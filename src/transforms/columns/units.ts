/** Units that can be turned into each other, by what they measure: each with its size in the first one. */
const dimensions: readonly Readonly<Record<string, number>>[] = [
  { kg: 1, g: 1e-3, mg: 1e-6, t: 1e3, lb: 0.45359237, lbs: 0.45359237, oz: 0.028349523125 },
  {
    m: 1,
    mm: 1e-3,
    cm: 1e-2,
    km: 1e3,
    in: 0.0254,
    inch: 0.0254,
    ft: 0.3048,
    yd: 0.9144,
    mi: 1609.344,
    miles: 1609.344,
  },
  { l: 1, ml: 1e-3, cl: 1e-2, dl: 0.1, hl: 100 },
  {
    s: 1,
    ms: 1e-3,
    sec: 1,
    seconds: 1,
    min: 60,
    minutes: 60,
    h: 3600,
    hr: 3600,
    hours: 3600,
    d: 86_400,
    day: 86_400,
    days: 86_400,
  },
  { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
  { w: 1, kw: 1e3, mw: 1e6 },
  { wh: 1, kwh: 1e3, mwh: 1e6 },
  { 'km/h': 1, kmh: 1, 'm/s': 3.6, mph: 1.609344, kn: 1.852 },
]

/** Sizes, in the given unit, of all that measure the same; null for a unit that is not known. */
export function factorsFrom(unit: string): ReadonlyMap<string, number> | null {
  const known = dimensions.find((sizes) => Object.hasOwn(sizes, unit))
  if (known === undefined) return null
  const own = known[unit] as number
  return new Map(Object.entries(known).map(([name, size]) => [name, size / own]))
}

/** Digits in groups of three or in one, and a fraction; by what stands before the fraction. */
const numbers = {
  '.': /[+\-−]?(?:\d{1,3}(?:[,'’ \u00a0\u202f]\d{3})+|\d+)(?:\.\d*)?(?:e[+-]?\d+)?|[+\-−]?\.\d+/i,
  ',': /[+\-−]?(?:\d{1,3}(?:[.'’ \u00a0\u202f]\d{3})+|\d+)(?:,\d*)?(?:e[+-]?\d+)?|[+\-−]?,\d+/i,
} as const
const groups = { '.': /[,'’ \u00a0\u202f]/g, ',': /[.'’ \u00a0\u202f]/g } as const

/**
 * A number and what stands around it: "12 kg", "€ 1,200.50".
 *
 * @param decimal what stands before the fraction; the other of "." and ",", spaces and apostrophes separate groups
 * @returns null where the text does not hold exactly one number
 */
export function readQuantity(text: string, decimal: '.' | ','): { value: number; unit: string } | null {
  const found = numbers[decimal].exec(text)
  if (found === null) return null
  const rest = `${text.slice(0, found.index)} ${text.slice(found.index + found[0].length)}`
  if (/\d/.test(rest)) return null
  const value = Number(found[0].replace(groups[decimal], '').replace(',', '.').replace('−', '-'))
  if (!Number.isFinite(value)) return null
  return { value, unit: rest.trim().replace(/\s+/g, ' ').toLowerCase() }
}
