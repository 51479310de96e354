/** Seeds of layers differ from each other and between neighbouring seeds of jobs. */
export const layerSeed = (seed: number, layer: number): number =>
  (Math.imul(seed, 2_654_435_761) + layer * 40_503) >>> 1
