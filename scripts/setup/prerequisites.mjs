import { output } from './processes.mjs'
import { SetupError } from './project.mjs'

const needs = { node: [20, 19], glibc: [2, 27], pip: [20, 3] }

/** Whether a version such as "20.19.1" is at least [20, 19]. */
export function atLeast(version, [major, minor]) {
  const [givenMajor, givenMinor = 0] = version.split('.').map(Number)
  return givenMajor > major || (givenMajor === major && givenMinor >= minor)
}

/** The machine must run the prebuilt libraries. */
export function requireMachine({
  node = process.versions.node,
  platform = process.platform,
  arch = process.arch,
} = {}) {
  if (!atLeast(node, needs.node)) {
    throw new SetupError(
      `Node.js ${node} is too old: Flywheel needs 20.19 or newer for its libraries; install a current one, e.g. with "nvm install 22"`,
    )
  }
  if (platform !== 'linux' || arch !== 'x64') {
    throw new SetupError(
      `${platform} ${arch} has no TensorFlow library that Flywheel can use: it needs Linux x86-64; use "docker compose up" or such a machine`,
    )
  }
}

/** glibc's version, null where the C library is another one (Alpine). */
function glibcVersion() {
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime || null
}

/** TensorFlow's library is linked against it. */
export function requireGlibc(version = glibcVersion()) {
  if (version === null || !atLeast(version, needs.glibc)) {
    throw new SetupError(
      `glibc ${version || 'is missing'}: the TensorFlow library needs glibc 2.27 or newer; use Debian 10, Ubuntu 18.04 or newer (not Alpine)`,
    )
  }
}

/** How pip is called here: it brings the wheels in which the native libraries come. */
export function requirePip() {
  const python = ['python3', 'python'].find((name) => /^Python 3/.test(output(name, ['--version']) || ''))
  if (python === undefined) {
    throw new SetupError(
      'Python 3 is missing: its pip brings the TensorFlow library; install it with "sudo apt-get install python3 python3-pip"',
    )
  }
  const calls = [[python, '-m', 'pip'], ['pip3'], ['pip']]
  const versions = calls.map((call) => pipVersion(call))
  const found = versions.findIndex((version) => version !== null && atLeast(version, needs.pip))
  if (found >= 0) return { python, pip: calls[found] }
  const old = versions.find((version) => version !== null)
  throw new SetupError(
    old
      ? `pip ${old} is too old: 20.3 or newer can download the pinned TensorFlow library; upgrade it with "${python} -m pip install --user --upgrade pip"`
      : `pip is missing: it brings the TensorFlow library; install it with "sudo apt-get install python3-pip" or "${python} -m ensurepip --user"`,
  )
}

function pipVersion([command, ...args]) {
  const match = /^pip (\S+)/.exec(output(command, [...args, '--version']) || '')
  return match ? match[1] : null
}
