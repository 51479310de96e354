import { chooseEach, type Suggest } from './method.js'

/** Every place is as likely as every other (Bergstra and Bengio 2012). */
export const suggestRandom: Suggest = ({ dimensions, random }) =>
  chooseEach(dimensions, ({ choices }) => (choices === null ? random() : Math.floor(random() * choices)))
