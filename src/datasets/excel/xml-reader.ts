/** What is found in XML, in its order. Names come without their namespace's prefix. */
export interface XmlHandler {
  /** @param attributes as they are written: see `attributesOf` */
  open(name: string, attributes: string): void
  close(name: string): void
  text(text: string): void
}

/** XML that is not well formed, or has what no workbook needs. */
export class MalformedXml extends Error {}

/** Characters of one tag, or of the text between two. */
const MAX_TOKEN = 8 * 1024 ** 2
const MAX_DEPTH = 64

/** Markup that is no element, and how it ends. */
const SPECIAL = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

/**
 * Reads XML 1.0 piece by piece: elements, texts, CDATA, references. Document type declarations are refused, so that
 * nothing can be defined, included or expanded.
 */
export class XmlReader {
  readonly #handler: XmlHandler
  readonly #path: string[] = []
  #rest = ''

  constructor(handler: XmlHandler) {
    this.#handler = handler
  }

  /** @throws MalformedXml, and whatever the handler throws */
  write(chunk: string): void {
    const rest = this.#rest + chunk
    let at = 0
    for (;;) {
      const start = rest.indexOf('<', at)
      const end = start === -1 ? -1 : endOfMarkup(rest, start)
      if (end === -1) break
      if (start > at) this.#text(decoded(rest.slice(at, start)))
      this.#markup(rest.slice(start, end))
      at = end
    }
    this.#rest = rest.slice(at)
    if (this.#rest.length > MAX_TOKEN) throw new MalformedXml(`a part has more than ${MAX_TOKEN} characters`)
  }

  /** @throws MalformedXml when something is missing */
  end(): void {
    const open = this.#path.at(-1)
    if (open !== undefined) throw new MalformedXml(`it ends within <${open.slice(0, 40)}>`)
    if (this.#rest.trim() !== '') throw new MalformedXml('it ends within a tag')
  }

  #text(text: string): void {
    if (this.#path.length > 0) this.#handler.text(text)
    else if (text.trim() !== '') throw new MalformedXml('text stands outside of all elements')
  }

  #markup(markup: string): void {
    if (markup.startsWith('<!--') || markup.startsWith('<?')) return
    if (markup.startsWith('<![CDATA[')) this.#text(markup.slice(9, -3))
    else if (markup.startsWith('</')) this.#close(localName(markup.slice(2, -1).trimEnd()))
    else this.#open(markup)
  }

  #open(markup: string): void {
    const isEmpty = markup.endsWith('/>')
    const inside = markup.slice(1, isEmpty ? -2 : -1)
    const space = inside.search(/\s/)
    const name = localName(space === -1 ? inside : inside.slice(0, space))
    if (this.#path.length === MAX_DEPTH) throw new MalformedXml('its elements are nested too deeply')
    this.#path.push(name)
    this.#handler.open(name, space === -1 ? '' : inside.slice(space))
    if (isEmpty) this.#close(name)
  }

  #close(name: string): void {
    const open = this.#path.pop()
    if (open !== name) throw new MalformedXml(`</${name.slice(0, 40)}> closes nothing`)
    this.#handler.close(name)
  }
}

function localName(name: string): string {
  if (!/^[^\s<>"'&/=]+$/.test(name)) throw new MalformedXml('an element has no name')
  const colon = name.indexOf(':')
  return colon === -1 ? name : name.slice(colon + 1)
}

/** Behind the markup that begins at `start`; −1 where its end is not there yet. */
function endOfMarkup(text: string, start: number): number {
  if (text[start + 1] === '!' || text[start + 1] === '?') return endOfSpecial(text, start)
  let quote = 0
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quote !== 0) {
      if (code === quote) quote = 0
    } else if (code === 0x22 || code === 0x27) quote = code
    else if (code === 0x3e) return at + 1
    else if (code === 0x3c) throw new MalformedXml('a tag stands within a tag')
  }
  return -1
}

function endOfSpecial(text: string, start: number): number {
  for (const [opening, closing] of SPECIAL) {
    if (!text.startsWith(opening, start)) continue
    const end = text.indexOf(closing, start + opening.length)
    return end === -1 ? -1 : end + closing.length
  }
  const isCut = SPECIAL.some(([opening]) => opening.startsWith(text.slice(start)))
  if (isCut) return -1
  throw new MalformedXml('it has a document type declaration')
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-z]{1,5}));|&/g

/** A text with its references replaced. */
function decoded(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(REFERENCE, (_, hex?: string, decimal?: string, name?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    const character = name === undefined ? characterOf(code) : named[name]
    if (character === undefined) throw new MalformedXml('a reference names no character')
    return character
  })
}

const characterOf = (code: number): string | undefined =>
  code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : undefined

/** A tag's attributes by their names without prefixes; declarations of namespaces are left out. */
export function attributesOf(text: string): Record<string, string> {
  const found = Object.create(null) as Record<string, string>
  const pattern = /\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y
  let end = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    end = pattern.lastIndex
    const [, name = '', double, single] = match
    if (!name.startsWith('xmlns')) found[name.slice(name.indexOf(':') + 1)] = decoded(double ?? single ?? '')
  }
  if (text.slice(end).trim() !== '') throw new MalformedXml('an attribute has no value')
  return found
}
