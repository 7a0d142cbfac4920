import { httpUrl, variable } from '@telegather/service'
import { z } from 'zod'
import type { TargetsConfig } from './create-targets.ts'

/** 1 GiB. */
const DEFAULT_MIN_FREE_BYTES = 2 ** 30

/** Environment variables of every process that reads or writes files on targets. */
export const targetVariables = {
  LOCAL_PATH: z.string('expected the folder of target LOCAL'),
  NAS_PATH: z.string().optional(),
  STORAGE_MIN_FREE_BYTES: z.coerce
    .number('expected bytes')
    .int('expected bytes')
    .min(0, 'expected bytes')
    .default(DEFAULT_MIN_FREE_BYTES),
  S3_BUCKET: z.string().optional(),
  S3_ENDPOINT: httpUrl.optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_PREFIX: z
    .string()
    .transform((prefix) => prefix.replace(/^\/+|\/+$/g, ''))
    .default(''),
  S3_ACCESS_KEY_ID: variable(z.string().optional(), { secret: true }),
  S3_SECRET_ACCESS_KEY: variable(z.string().optional(), { secret: true }),
}

const targetSchema = z.object(targetVariables)

type TargetEnvironment = z.output<typeof targetSchema>

/** For `superRefine`: refuses an incomplete S3 configuration. */
export function checkTargets(env: TargetEnvironment, context: z.RefinementCtx): void {
  const refuse = (variable: keyof TargetEnvironment, message: string) =>
    context.addIssue({ code: 'custom', path: [variable], message })
  const { S3_ACCESS_KEY_ID: id, S3_SECRET_ACCESS_KEY: secret } = env
  if (id !== undefined && secret === undefined)
    refuse('S3_SECRET_ACCESS_KEY', 'expected together with S3_ACCESS_KEY_ID')
  if (secret !== undefined && id === undefined)
    refuse('S3_ACCESS_KEY_ID', 'expected together with S3_SECRET_ACCESS_KEY')
  if (env.S3_BUCKET === undefined && (env.S3_ENDPOINT ?? id ?? secret) !== undefined)
    refuse('S3_BUCKET', 'expected together with the other variables of S3')
}

/** Maps parsed environment variables to the options of `createTargets`. */
export function targetsConfig(env: TargetEnvironment): TargetsConfig {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = env
  return {
    localPath: env.LOCAL_PATH,
    nasPath: env.NAS_PATH ?? null,
    minFreeBytes: env.STORAGE_MIN_FREE_BYTES,
    s3:
      env.S3_BUCKET === undefined
        ? null
        : {
            bucket: env.S3_BUCKET,
            endpoint: env.S3_ENDPOINT ?? null,
            region: env.S3_REGION,
            credentials:
              accessKeyId !== undefined && secretAccessKey !== undefined
                ? { accessKeyId, secretAccessKey }
                : null,
            prefix: env.S3_PREFIX && `${env.S3_PREFIX}/`,
          },
  }
}
