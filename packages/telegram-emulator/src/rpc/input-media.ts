import { randomBytes, randomInt } from 'node:crypto'
import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { accessHashFor } from '../world/access-hash.ts'
import { fileAccessHash } from '../world/file-id.ts'
import type { MessageMedia } from '../world/model.ts'
import { findFileMedia } from '../world/stored-file.ts'
import type { InputFile } from '../world/uploads.ts'
import type { SignedInCaller } from './method.ts'
import { uploadedDocument, uploadedPhoto } from './uploaded-media.ts'

/** A `MessageMedia` for a message, and its file if there is one. */
export interface ResolvedMedia {
  readonly tl: TlObject
  readonly media: MessageMedia | null
}

/** `InputMedia` of the schema. */
export type InputMedia = TlObject

interface InputFileId {
  readonly _: string
  readonly id?: bigint
  readonly access_hash?: bigint
  readonly file_reference?: Buffer
}

const MAX_POLL_ANSWERS = 10

type Resolve = (caller: SignedInCaller, input: InputMedia) => ResolvedMedia | Promise<ResolvedMedia>

const RESOLVERS: Readonly<Record<string, Resolve | undefined>> = {
  inputMediaUploadedPhoto: (caller, input) =>
    uploadedPhoto(caller, input['file'] as unknown as InputFile).then(withFlags(input)),
  inputMediaUploadedDocument: (caller, input) =>
    uploadedDocument(caller, input as never).then(withFlags(input)),
  inputMediaPhoto: (caller, input) => withFlags(input)(existing(caller, input, 'photo')),
  inputMediaDocument: (caller, input) => withFlags(input)(existing(caller, input, 'document')),
  inputMediaPhotoExternal: refuse('WEBPAGE_CURL_FAILED'),
  inputMediaDocumentExternal: refuse('WEBPAGE_CURL_FAILED'),
  inputMediaGeoPoint: (_, input) => ({
    tl: { _: 'messageMediaGeo', geo: geo(input) },
    media: null,
  }),
  inputMediaVenue: (_, { geo_point, ...venue }) => ({
    tl: { ...venue, _: 'messageMediaVenue', geo: geo({ _: '', geo_point }) },
    media: null,
  }),
  inputMediaContact: (_, input) => ({
    tl: { ...input, _: 'messageMediaContact', user_id: 0n },
    media: null,
  }),
  inputMediaDice: (_, { emoticon }) => ({
    tl: { _: 'messageMediaDice', value: randomInt(1, 7), emoticon },
    media: null,
  }),
  inputMediaPoll: (_, input) => ({ tl: poll(input), media: null }),
  inputMediaEmpty: refuse('MEDIA_EMPTY'),
}

/**
 * Resolves the media that a client sends: uploaded by the caller, existing, or without a file. Throws RpcError with
 * Telegram's texts, including those of the upload. Uploads are persisted from here on.
 */
export async function resolveInputMedia(
  caller: SignedInCaller,
  input: InputMedia,
): Promise<ResolvedMedia> {
  const resolve = RESOLVERS[input._]
  if (resolve === undefined) throw new RpcError(400, 'MEDIA_INVALID')
  return resolve(caller, input)
}

function refuse(text: string): Resolve {
  return () => {
    throw new RpcError(400, text)
  }
}

/** Applies the sender's flags, such as `spoiler`, to media. */
function withFlags(input: InputMedia): (media: ResolvedMedia) => ResolvedMedia {
  const { spoiler, ttl_seconds } = input
  return ({ tl, media }) => ({
    media,
    tl: {
      ...tl,
      ...(spoiler === true && { spoiler }),
      ...(ttl_seconds !== undefined && { ttl_seconds }),
    },
  })
}

/** A file that was sent before. Requires its access hash and a valid file reference, like a download. */
function existing(
  { world, account }: SignedInCaller,
  input: InputMedia,
  kind: 'photo' | 'document',
): ResolvedMedia {
  const { id, access_hash: hash, file_reference: reference } = input['id'] as unknown as InputFileId
  const found = id === undefined ? null : findFileMedia(world, id)
  const isKnown =
    id !== undefined &&
    found?.tl[kind] !== undefined &&
    accessHashFor(account.id, fileAccessHash(id)) === hash
  if (!isKnown || found === null) {
    throw new RpcError(400, kind === 'photo' ? 'PHOTO_INVALID' : 'DOCUMENT_INVALID')
  }
  if (reference === undefined || reference.length === 0) {
    throw new RpcError(400, 'FILE_REFERENCE_EMPTY')
  }
  const check = world.fileReferences.check(id, account.id, reference)
  if (check !== 'valid') throw new RpcError(400, `FILE_REFERENCE_${check.toUpperCase()}`)
  const { spoiler: _spoiler, ttl_seconds: _ttl, ...tl } = found.tl
  return { tl: { ...tl, _: found.tl._ }, media: found.media }
}

function geo(input: InputMedia): TlObject {
  const { lat, long } = input['geo_point'] as { lat?: number; long?: number }
  const isPlace =
    lat !== undefined && long !== undefined && Math.abs(lat) <= 90 && Math.abs(long) <= 180
  if (!isPlace) throw new RpcError(400, 'MEDIA_INVALID')
  return { _: 'geoPoint', lat, long, access_hash: 0n }
}

function poll(input: InputMedia): TlObject {
  const requested = input['poll'] as TlObject
  const answers = requested['answers'] as readonly TlObject[]
  if (answers.length < 2 || answers.length > MAX_POLL_ANSWERS) {
    throw new RpcError(400, 'POLL_ANSWERS_INVALID')
  }
  const options = new Set(answers.map(({ option }) => (option as Buffer).toString('hex')))
  if (options.size < answers.length) throw new RpcError(400, 'POLL_OPTION_DUPLICATE')
  return {
    _: 'messageMediaPoll',
    poll: { ...requested, id: randomBytes(8).readBigInt64BE() },
    results: { _: 'pollResults', total_voters: 0 },
  }
}
