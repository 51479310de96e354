import { isIdxName } from './archive-images.js'

const image = /\.(png|jpe?g|gif|webp|tiff?|bmp)$/i

/** Whether a file is an image, or many in one, by its name. */
export const isPictureName = (name: string): boolean => image.test(name) || isIdxName(name)
