const digits = (text: string): string => text.replace(/\D/g, '')

/** Luhn's check digit (ISO/IEC 7812-1, annex B) over 13 to 19 digits that are not all the same. */
export function isCard(text: string): boolean {
  const number = digits(text)
  if (number.length < 13 || number.length > 19 || /^(\d)\1*$/.test(number)) return false
  let sum = 0
  for (let at = 0; at < number.length; at++) {
    const digit = Number(number[number.length - 1 - at])
    const doubled = at % 2 === 0 ? digit : 2 * digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** Areas, groups and serial numbers that the Social Security Administration gives out. */
export function isUsSocialSecurity(text: string): boolean {
  const [area = '', group = '', serial = ''] = text.split('-')
  return !/^(000|666|9\d\d)$/.test(area) && group !== '00' && serial !== '0000'
}

/** ISO 13616: the check digits by ISO 7064, mod 97-10. */
export function isBankAccount(text: string): boolean {
  const account = text.replaceAll(' ', '')
  if (account.length < 15 || account.length > 34) return false
  let rest = 0
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

/** The letter of a Spanish DNI or NIE: the number modulo 23. */
export function isSpanishId(text: string): boolean {
  const number = text.slice(0, -1).replace('-', '')
  const value = Number(number.replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))))
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[value % 23] === text.at(-1)
}

/** GB 11643: ISO 7064, mod 11-2, with a date of birth inside. */
export function isChineseId(text: string): boolean {
  const sum = [...text.slice(0, 17)].reduce(
    (rest, digit, at) => rest + Number(digit) * (2 ** (17 - at) % 11),
    0,
  )
  const isBirthday = /^\d{6}(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])/.test(text)
  return isBirthday && '10X98765432'[sum % 11] === text.at(-1)?.toUpperCase()
}
