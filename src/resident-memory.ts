import { readFile } from 'node:fs/promises'

const PAGE_BYTES = 4096

/** Resident memory of a process in bytes, by Linux's /proc; 0 when it is gone. */
export async function residentBytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(text.split(' ')[1] ?? 0) * PAGE_BYTES
}
