// Writes the example data, always the same: 600 flowers, and 200 of a later season, in which tulips grow shorter.
//   node examples/make-flowers.mjs
import { writeFileSync } from 'node:fs'

let state = 11
/** Uniform in [0, 1): a linear congruential generator (Numerical Recipes). */
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
/** Standard normal (Box and Muller). */
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const pick = (items) => items[Math.floor(random() * items.length)]

const kinds = {
  tulip: { height: 38, petal: 6.1, soil: ['loam', 'loam', 'sand'], colour: ['red', 'yellow', 'white'] },
  daisy: { height: 22, petal: 2.4, soil: ['loam', 'clay'], colour: ['white', 'white', 'yellow'] },
  poppy: { height: 45, petal: 4.0, soil: ['sand', 'clay'], colour: ['red', 'red', 'orange'] },
}

function flower(kind, shift = 0) {
  const { height, petal, soil, colour } = kinds[kind]
  return {
    height_cm: Number((height + shift + 6 * normal()).toFixed(1)),
    petal_cm: Number((petal + shift * 0.12 + 0.8 * normal()).toFixed(2)),
    soil: pick(soil),
    colour: random() < 0.02 ? '' : pick(colour),
    kind,
  }
}

const names = Object.keys(kinds)
const season = Array.from({ length: 600 }, (_, i) => flower(names[i % 3]))
const rows = season.map((row) => Object.values(row).join(','))
writeFileSync(
  new URL('flowers.csv', import.meta.url),
  `${['height_cm,petal_cm,soil,colour,kind', ...rows].join('\n')}\n`,
)

const later = Array.from({ length: 200 }, (_, i) => flower(names[i % 3], i % 3 === 0 ? -16 : 0))
const labels = later.map(({ kind, colour, ...rest }) =>
  JSON.stringify({ features: { ...rest, colour: colour || null }, label: kind }),
)
writeFileSync(new URL('labels.ndjson', import.meta.url), `${labels.join('\n')}\n`)
