import type { Archive } from './archive.js'
import { folderLabel, isBeside, isClutter } from './picture-files.js'
import { FILE_COLUMN, IMAGE_COLUMN, nothingPassedOver, type PictureSource, passOver } from './pictures.js'

/** The images of an archive in the archive's order, each with its folder's name as `label`. */
export function classFolders(archive: Archive): PictureSource {
  const passedOver = nothingPassedOver()
  passedOver.count = archive.others + archive.names.filter(isClutter).length
  return {
    name: IMAGE_COLUMN,
    fileColumn: FILE_COLUMN,
    types: { label: 'category', [FILE_COLUMN]: 'text' },
    passedOver,
    async *pictures() {
      for await (const file of archive.files((name) => !isClutter(name))) {
        const { name } = file
        if ('bytes' in file && isBeside(name, file.bytes)) {
          passOver(passedOver, name)
          continue
        }
        const label = folderLabel(name)
        const content = 'bytes' in file ? file.bytes : { expected: 'an image', received: file.failure }
        yield { path: name, content, line: JSON.stringify({ label, [FILE_COLUMN]: name }), label }
      }
    },
  }
}
