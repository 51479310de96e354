/** One instruction of a Dockerfile: RUN, COPY, … with its flags ("from": "build") and the rest of the line. */
export interface Instruction {
  readonly name: string
  readonly flags: Readonly<Record<string, string>>
  readonly rest: string
}

export interface Stage {
  readonly name: string
  /** The stage or the image that it starts from. */
  readonly base: string
  readonly instructions: readonly Instruction[]
}

/** The stages of a Dockerfile, in order. Enough of the format for ours: no heredocs, no comments in commands. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
  const stages: { name: string; base: string; instructions: Instruction[] }[] = []
  for (const line of lines) {
    const from = /^FROM (\S+) AS (\S+)$/.exec(line)
    if (from) stages.push({ base: from[1] as string, name: from[2] as string, instructions: [] })
    else stages.at(-1)?.instructions.push(parseInstruction(line))
  }
  return stages
}

function parseInstruction(line: string): Instruction {
  const [, name = '', flags = '', rest = ''] = /^(\w+)((?: --[\w-]+(?:=\S+)?)*) (.+)$/.exec(line) ?? []
  const pairs = [...flags.matchAll(/--([\w-]+)(?:=(\S+))?/g)].map(([, flag = '', value = '']) => [
    flag,
    value,
  ])
  return { name, flags: Object.fromEntries(pairs), rest }
}

/** All instructions that make a stage, those of the stages that it starts from first. */
export function instructionsOf(stages: readonly Stage[], name: string): Instruction[] {
  const stage = stages.find((candidate) => candidate.name === name)
  return stage ? [...instructionsOf(stages, stage.base), ...stage.instructions] : []
}
