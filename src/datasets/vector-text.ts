/** Numbers that a vector has at most. */
const MAX_LENGTH = 65_536

/** The numbers of a text such as [1, 2.5, 3]; null for what is no list of at least one number. */
export function vectorOf(text: string): readonly number[] | null {
  if (!/^\[[-+0-9.eE,\s]+\]$/.test(text)) return null
  try {
    const value = JSON.parse(text) as unknown
    return isVector(value) ? value : null
  } catch {
    return null // [1,,2]
  }
}

/** Whether a value of JSON is a list of at least one finite number. */
export const isVector = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.length <= MAX_LENGTH && value.every(Number.isFinite)
