import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { ConnectionLost, Migrate, RpcFailed, Timeout } from '../../errors.ts'
import { fileLocation, type FileLocation } from '../../message.ts'
import type { CallOptions } from '../../port.ts'
import { method } from '../method.ts'
import type { MtprotoClient } from '../mtproto-client.ts'

const MIN_CHUNK_BYTES = 4096
const MAX_CHUNK_BYTES = 1024 * 1024
/** Maximum number of redirects to another data centre that one chunk follows. */
const MAX_MOVES = 2

/**
 * Reads `limit` bytes of a file from `offset`. `limit` is a power of two from 4 KiB to 1 MiB that divides `offset`. A
 * result of fewer bytes ends at the end of the file.
 */
export const fileChunk = method({
  tl: ['upload.getFile'],
  kind: 'read',
  args: z
    .object({ location: fileLocation, offset: z.int().min(0), limit: z.int() })
    .refine(isRange, 'not a range of a file'),
  async call(client, { location, offset, limit }, options): Promise<Uint8Array> {
    if (!isRange({ offset, limit }))
      throw new RangeError(`not a range of a file: ${limit} bytes at ${offset}`)
    const request = new Api.upload.GetFile({
      location: inputFileLocation(location),
      offset: returnBigInt(offset),
      limit,
    })
    const answer = await callAtHome(client, location, request, options)
    if (answer._ !== 'upload.file') {
      throw new RpcFailed(0, 'the file was redirected to a CDN, which was not offered')
    }
    return answer.bytes
  },
})

/** Follows redirects to the file's data centre and remembers it: the data centre in a message may be outdated. */
async function callAtHome(
  client: MtprotoClient,
  location: FileLocation,
  request: Api.upload.GetFile,
  options?: CallOptions,
) {
  type File = { _: string; bytes: Uint8Array }
  for (let moves = 0; ; moves++) {
    const dcId = client.fileHomes.dcIdOf(location)
    try {
      return await client.invokeForFile<File>(dcId, request, options)
    } catch (error) {
      if (!(error instanceof Migrate) || moves === MAX_MOVES)
        throw dcId === client.auth.dcId ? error : withAwayDc(error, dcId)
      client.fileHomes.remember(location, error.dcId)
    }
  }
}

/** Adds to a Timeout or ConnectionLost the data centre that did not answer. */
function withAwayDc(error: unknown, awayDcId: number): unknown {
  if (error instanceof ConnectionLost)
    return new ConnectionLost(error.message, { cause: error, awayDcId })
  if (error instanceof Timeout) return new Timeout(error.message, { cause: error, awayDcId })
  return error
}

function inputFileLocation(location: FileLocation): Api.TypeInputFileLocation {
  const fields = {
    id: returnBigInt(location.id),
    accessHash: returnBigInt(location.accessHash),
    fileReference: Buffer.from(location.fileReference, 'base64'),
    thumbSize: location.thumbSize,
  }
  return location.type === 'photo'
    ? new Api.InputPhotoFileLocation(fields)
    : new Api.InputDocumentFileLocation(fields)
}

/** Telegram's rules for ranges (https://core.telegram.org/api/files#downloading-files). */
function isRange({ offset, limit }: { offset: number; limit: number }): boolean {
  const isPowerOfTwo = Number.isInteger(Math.log2(limit))
  return (
    isPowerOfTwo && limit >= MIN_CHUNK_BYTES && limit <= MAX_CHUNK_BYTES && offset % limit === 0
  )
}
