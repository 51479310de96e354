import { readFile } from 'node:fs/promises'

/** Names that Linux has for the instructions that add four 8-bit products in 32 bits, on x86-64. */
const vnni = /\b(avx512_vnni|avx_vnni)\b/

/**
 * Whether ONNX Runtime multiplies unsigned by signed 8-bit integers on this machine without overflow: without VNNI it
 * adds two products in 16 bits, which 255 · 127 · 2 exceeds. Other processors than x86-64 add them in more.
 */
export async function hasExactInt8({
  arch = process.arch,
  cpuInfo = '/proc/cpuinfo',
}: {
  readonly arch?: string
  readonly cpuInfo?: string
} = {}): Promise<boolean> {
  if (arch !== 'x64') return true
  return vnni.test(await readFile(cpuInfo, 'utf8').catch(() => ''))
}
