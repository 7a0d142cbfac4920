import formbody from '@fastify/formbody'
import multipart, { type MultipartFile } from '@fastify/multipart'
import { DomainError, type App } from '@telegather/service'
import { MAX_SESSION_FILE_BYTES } from '@telegather/telegram'
import type { FastifyRequest } from 'fastify'
import { UploadMemory } from './upload-memory.ts'

const LIMITS = {
  fields: 10,
  fieldNameSize: 100,
  fieldSize: 8 * 1024,
  files: 1,
  fileSize: MAX_SESSION_FILE_BYTES,
  parts: 11,
}

/** Limit of all uploads together. They are kept in memory, because logins must not be written to disk. */
const UPLOAD_MEMORY_BYTES = 200 * 1024 * 1024

/** Makes the routes of `app` accept forms as well as JSON. A file of a form becomes its bytes. */
export async function acceptForms(app: App): Promise<void> {
  const memory = new UploadMemory(UPLOAD_MEMORY_BYTES)
  await app.register(formbody)
  await app.register(multipart, { limits: LIMITS, throwFileSizeLimit: false })
  app.addHook('onRequest', async (request, reply) => {
    reply.raw.once('close', () => memory.release(request))
  })
  app.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.body = await readForm(request, memory)
  })
}

async function readForm(
  request: FastifyRequest,
  memory: UploadMemory,
): Promise<Record<string, unknown>> {
  const form: Record<string, unknown> = {}
  try {
    for await (const part of request.parts())
      form[part.fieldname] =
        part.type === 'file' ? await readFile(part, memory, request) : part.value
    return form
  } catch (error) {
    if (error instanceof DomainError) throw error
    throw new DomainError('bad_request', 'The form cannot be read', { cause: error })
  }
}

async function readFile(
  { file }: MultipartFile,
  memory: UploadMemory,
  request: FastifyRequest,
): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of file as AsyncIterable<Buffer>) {
    memory.reserve(request, chunk.length)
    chunks.push(chunk)
  }
  if (file.truncated)
    throw new DomainError('login_unreadable', 'The session file is larger than 50 MiB')
  return Buffer.concat(chunks)
}
