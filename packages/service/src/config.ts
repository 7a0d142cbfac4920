import { readFileSync } from 'node:fs'
import { z } from 'zod'

interface VariableOptions {
  /** Also accepts `<NAME>_FILE`, the path of a file with the value. */
  readonly secret?: boolean
  /** A second accepted name. */
  readonly alias?: string
}

/** Names all invalid and missing variables with what is expected of each, never their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly VariableProblem[]
  readonly variables: readonly string[]

  constructor(problems: readonly VariableProblem[]) {
    const lines = problems.map(({ variable, expected }) => `  ${variable}: ${expected}`)
    super(`The environment is not usable:\n${lines.join('\n')}`)
    this.problems = problems
    this.variables = problems.map(({ variable }) => variable)
  }
}

interface VariableProblem {
  readonly variable: string
  readonly expected: string
}

const variables = z.registry<VariableOptions>()

/** Attaches options to the schema of an environment variable. Call it last: around `.default()` and `.optional()`. */
export function variable<Schema extends z.ZodType>(
  schema: Schema,
  options: VariableOptions,
): Schema {
  const own = schema.clone()
  variables.add(own, options)
  return own
}

/**
 * Parses the environment at the start of a process. `schema` is an object keyed by variable names; an
 * empty variable counts as absent. On an error, prints it to stderr and exits with code 1.
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): z.output<Schema> {
  try {
    return parseConfig(schema, env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    return process.exit(1)
  }
}

/** Like `readConfig`, but throws `ConfigError`. */
export function parseConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): z.output<Schema> {
  const problems: VariableProblem[] = []
  const given: Record<string, string> = {}
  for (const [name, field] of Object.entries(schema.shape)) {
    const found = findVariable(name, variables.get(field) ?? {}, env)
    if ('problem' in found) problems.push(found.problem)
    else if (found.value !== undefined) given[name] = found.value
  }

  const parsed = schema.safeParse(given)
  if (parsed.success && problems.length === 0) return parsed.data
  throw new ConfigError([...problems, ...invalidVariables(parsed.error, problems, given)])
}

type Found = { value: string | undefined } | { problem: VariableProblem }

function findVariable(name: string, options: VariableOptions, env: NodeJS.ProcessEnv): Found {
  for (const spelling of options.alias ? [name, options.alias] : [name]) {
    const value = env[spelling]
    const file = options.secret ? env[`${spelling}_FILE`] : undefined
    if (value && file)
      return { problem: { variable: spelling, expected: `not both it and ${spelling}_FILE` } }
    if (file) return readSecretFile(`${spelling}_FILE`, file)
    if (value) return { value }
  }
  return { value: undefined }
}

function readSecretFile(variable: string, path: string): Found {
  try {
    return { value: readFileSync(path, 'utf8').trim() }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return { problem: { variable, expected: `expected the path of a readable file${code}` } }
  }
}

function invalidVariables(
  error: z.ZodError | undefined,
  reported: readonly VariableProblem[],
  given: Readonly<Record<string, string>>,
): VariableProblem[] {
  const seen = new Set(reported.map(({ variable }) => variable.replace(/_FILE$/, '')))
  return (error?.issues ?? []).flatMap(({ path, message }) => {
    const variable = String(path[0])
    if (seen.has(variable)) return []
    seen.add(variable)
    return [{ variable, expected: variable in given ? message : `missing; ${message}` }]
  })
}
