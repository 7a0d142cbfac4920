import { carriedFlags } from '../content/document-media.ts'
import { documentObject, photoObject } from '../content/media-objects.ts'
import { fileFormatOf } from '../media/file-format.ts'
import { imageSides, type ImageSides } from '../media/image-sides.ts'
import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject, TlValue } from '../tl/object.ts'
import { now } from '../world/clock.ts'
import type { FileSpec, MediaKind } from '../world/model.ts'
import type { StoredContent } from '../world/stored-contents.ts'
import { THUMB_TYPE } from '../world/stored-file.ts'
import type { InputFile, UploadedMedia } from '../world/uploads.ts'
import type { SignedInCaller } from './method.ts'

/** `inputMediaUploadedDocument` of the schema. */
export interface UploadedDocument {
  readonly force_file?: boolean
  readonly nosound_video?: boolean
  readonly file: InputFile
  readonly thumb?: InputFile
  readonly mime_type: string
  readonly attributes: readonly TlObject[]
}

/** Bytes that usually contain the dimensions of an image; JPEGs with much metadata are the exception. */
const HEAD_BYTES = 256 * 1024
const MAX_PHOTO_BYTES = 10 * 1024 * 1024
const MAX_PHOTO_SIDES = 10_000
const MAX_PHOTO_RATIO = 20

/**
 * Makes a photo from an upload; its largest size is the uploaded file. Throws IMAGE_PROCESS_FAILED,
 * PHOTO_INVALID_DIMENSIONS, PHOTO_SAVE_FILE_INVALID and the errors of the upload.
 */
export async function uploadedPhoto(
  caller: SignedInCaller,
  file: InputFile,
): Promise<UploadedMedia> {
  const content = await caller.world.uploads.take(caller.account.id, file)
  if (content.size > MAX_PHOTO_BYTES) throw new RpcError(400, 'PHOTO_SAVE_FILE_INVALID')
  const sides = await sidesOf(caller, content)
  if (sides === null) throw new RpcError(400, 'IMAGE_PROCESS_FAILED')
  const { format, width, height } = sides
  const ratio = Math.max(width / height, height / width)
  if (width + height > MAX_PHOTO_SIDES || ratio > MAX_PHOTO_RATIO) {
    throw new RpcError(400, 'PHOTO_INVALID_DIMENSIONS')
  }
  const spec: FileSpec = {
    ...stored(caller, content),
    format: format === 'gif' ? 'binary' : format,
    name: null,
    mimeType: `image/${format}`,
    width,
    height,
  }
  const tl = { _: 'messageMediaPhoto', photo: photoObject(spec, now()) }
  return kept(caller, { tl, media: { kind: 'photo', file: spec }, thumb: null })
}

/** Makes a document from an upload, with the sender's attributes. Throws the errors of the upload. */
export async function uploadedDocument(
  caller: SignedInCaller,
  input: UploadedDocument,
): Promise<UploadedMedia> {
  const content = await caller.world.uploads.take(caller.account.id, input.file)
  const mimeType = input.mime_type === '' ? 'application/octet-stream' : input.mime_type
  const image = mimeType.startsWith('image/') ? await sidesOf(caller, content) : null
  const attributes = attributesOf(input, image)
  const fileName = attribute(attributes, 'Filename', 'file_name')
  const spec: FileSpec = {
    ...stored(caller, content),
    format: fileFormatOf(mimeType),
    name: typeof fileName === 'string' ? fileName : null,
    mimeType,
    ...sidesAndDuration(attributes),
  }
  const kind = kindOf(attributes)
  const thumb = input.thumb === undefined ? null : await thumbOf(caller, input.thumb, spec.id)
  // `documentMedia` adds the file name attribute itself.
  const others = attributes.filter(({ _ }) => _ !== 'documentAttributeFilename')
  const document = documentObject(spec, now(), others)
  const tl = {
    _: 'messageMediaDocument',
    ...carriedFlags(kind),
    document: thumb === null ? document : { ...document, thumbs: [thumbSize(thumb)] },
  }
  return kept(caller, { tl, media: { kind, file: spec }, thumb })
}

function kept({ world }: SignedInCaller, uploaded: UploadedMedia): UploadedMedia {
  world.uploads.keep(uploaded)
  return uploaded
}

/** Files are stored on the data centre of the upload. */
function stored(
  { world, dcId }: SignedInCaller,
  { sha256, size }: StoredContent,
): Pick<FileSpec, 'id' | 'sha256' | 'size'> {
  return { id: world.uploads.nextFileId(dcId), sha256, size }
}

async function sidesOf(
  { world }: SignedInCaller,
  { sha256 }: StoredContent,
): Promise<ImageSides | null> {
  return imageSides(await world.uploads.read(sha256, 0, HEAD_BYTES))
}

/** A thumbnail that is not an image is ignored, as by Telegram. */
async function thumbOf(
  caller: SignedInCaller,
  file: InputFile,
  id: bigint,
): Promise<FileSpec | null> {
  const { sha256, size } = await caller.world.uploads.take(caller.account.id, file)
  const sides = imageSides(await caller.world.uploads.read(sha256, 0, HEAD_BYTES))
  if (sides === null || sides.format === 'gif') return null
  const { format, width, height } = sides
  return { id, format, size, name: null, mimeType: `image/${format}`, width, height, sha256 }
}

function thumbSize({ width, height, size }: FileSpec): TlObject {
  return { _: 'photoSize', type: THUMB_TYPE, w: width, h: height, size }
}

/** A file sent with `force_file` loses the attributes that would make it a video, audio or animation. */
function attributesOf(
  { force_file: isFile, nosound_video: isSilent, attributes }: UploadedDocument,
  image: ImageSides | null,
): readonly TlObject[] {
  const kept = attributes.filter(({ _ }) => isFile !== true || PLAIN_ATTRIBUTES.has(_))
  const hasSize = kept.some(({ _ }) => SIZED_ATTRIBUTES.has(_))
  const size: TlObject[] =
    image === null || hasSize
      ? []
      : [{ _: 'documentAttributeImageSize', w: image.width, h: image.height }]
  const silent = (attribute: TlObject): TlObject =>
    isSilent === true && attribute._ === 'documentAttributeVideo'
      ? { ...attribute, nosound: true }
      : attribute
  return [...size, ...kept.map(silent)]
}

const PLAIN_ATTRIBUTES: ReadonlySet<string> = new Set([
  'documentAttributeFilename',
  'documentAttributeImageSize',
])
const SIZED_ATTRIBUTES: ReadonlySet<string> = new Set([
  'documentAttributeImageSize',
  'documentAttributeVideo',
])

function kindOf(attributes: readonly TlObject[]): MediaKind {
  const find = (name: string) => attributes.find(({ _ }) => _ === `documentAttribute${name}`)
  if (find('Sticker') !== undefined) return 'sticker'
  if (find('Animated') !== undefined) return 'gif'
  const video = find('Video')
  if (video !== undefined) return video['round_message'] === true ? 'round' : 'video'
  const audio = find('Audio')
  if (audio !== undefined) return audio['voice'] === true ? 'voice' : 'audio'
  return 'document'
}

function sidesAndDuration(
  attributes: readonly TlObject[],
): Pick<FileSpec, 'width' | 'height' | 'durationSeconds'> {
  const number = (name: string, field: string): number | undefined => {
    const value = attribute(attributes, name, field)
    return typeof value === 'number' && value > 0 ? value : undefined
  }
  const width = number('ImageSize', 'w') ?? number('Video', 'w')
  const height = number('ImageSize', 'h') ?? number('Video', 'h')
  const durationSeconds = number('Video', 'duration') ?? number('Audio', 'duration')
  return {
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(durationSeconds !== undefined && { durationSeconds }),
  }
}

function attribute(attributes: readonly TlObject[], name: string, field: string): TlValue {
  return attributes.find(({ _ }) => _ === `documentAttribute${name}`)?.[field]
}
