import { FlywheelError } from '../../contracts/errors.js'
import { LIMITS } from '../limits.js'
import type { WorkbookParts } from './workbook-parts.js'

/** All texts of a workbook's cells are in memory at once. */
const MAX_CHARACTERS = 128 * 1024 ** 2
const MAX_TEXTS = 8_000_000

/** The texts that cells refer to by their place (ECMA-376 part 1, 18.4). */
export async function readSharedTexts(parts: WorkbookParts, part: string | null): Promise<string[]> {
  const texts: string[] = []
  if (part === null || !parts.has(part)) return texts
  const collector = new TextCollector()
  let characters = 0
  await parts.read(part, {
    open(name) {
      if (name === 'si') collector.begin()
      collector.open(name)
    },
    close(name) {
      collector.close(name)
      if (name !== 'si') return
      const text = collector.end()
      characters += text.length
      texts.push(text)
      if (characters > MAX_CHARACTERS || texts.length > MAX_TEXTS) throw tooMany()
    },
    text: (text) => collector.text(text),
  })
  return texts
}

const tooMany = (): FlywheelError =>
  new FlywheelError(
    'dataset-invalid',
    `The workbook has more than ${MAX_TEXTS} different texts, or ${MAX_CHARACTERS} characters in them`,
    { remedy: 'Save the sheet as CSV' },
  )

/** Puts the runs of a text together; how it is pronounced (18.4.6) is left out. */
export class TextCollector {
  #text = ''
  #isWithinText = false
  #isPhonetic = false

  begin(): void {
    this.#text = ''
  }

  open(name: string): void {
    if (name === 't') this.#isWithinText = true
    else if (name === 'rPh') this.#isPhonetic = true
  }

  close(name: string): void {
    if (name === 't') this.#isWithinText = false
    else if (name === 'rPh') this.#isPhonetic = false
  }

  /** One character more than a value may have is enough to refuse it. */
  text(text: string): void {
    if (!this.#isWithinText || this.#isPhonetic || this.#text.length > LIMITS.cellBytes) return
    this.#text += text
  }

  end(): string {
    return unescaped(this.#text)
  }
}

/** Characters that XML can not hold are written as _x000D_ (22.9.2.19). */
export const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      )
    : text
