import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What the kernel says of the container's control group.
 *
 * @param file under the folder, as `memory.max`
 * @returns its text; nothing where there is no such file: another version of control groups, or none
 */
export function readControlGroup(file: string, folder = '/sys/fs/cgroup'): string {
  try {
    return readFileSync(join(folder, file), 'utf8').trim()
  } catch {
    return ''
  }
}
