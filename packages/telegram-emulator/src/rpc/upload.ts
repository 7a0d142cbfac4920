import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { toBuffer } from '../memory/lazy-bytes.ts'
import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { accessHashFor } from '../world/access-hash.ts'
import { fileAccessHash, fileDcId } from '../world/file-id.ts'
import type { FileFormat, FileSpec } from '../world/model.ts'
import { findStoredFile, readStoredFile } from '../world/stored-file.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'

/** `InputFileLocation` of the schema, limited to the files of messages. */
interface InputFileLocation {
  readonly _: string
  readonly id?: bigint
  readonly access_hash?: bigint
  readonly file_reference?: Buffer
  readonly thumb_size?: string
}

interface GetFile {
  readonly precise?: boolean
  readonly location: InputFileLocation
  readonly offset: bigint
  readonly limit: number
}

const KIB = 1024
const MIB = 1024 * KIB
/** Bytes covered by each hash of `upload.getFileHashes`. */
const HASHED_BYTES = 128 * KIB
/** Maximum hashes in one response; a client requests the following ones. */
const MAX_HASHES = 32

const STORAGE_TYPES: Readonly<Record<FileFormat, string>> = {
  pdf: 'storage.filePdf',
  jpeg: 'storage.fileJpeg',
  png: 'storage.filePng',
  mp4: 'storage.fileMp4',
  ogg: 'storage.fileUnknown',
  mp3: 'storage.fileMp3',
  webp: 'storage.fileWebp',
  zip: 'storage.fileUnknown',
  binary: 'storage.fileUnknown',
}

interface SaveFilePart {
  readonly file_id: bigint
  readonly file_part: number
  /** Only in `upload.saveBigFilePart`. */
  readonly file_total_parts?: number
  readonly bytes: Buffer
}

/** The emulator has no CDN data centres and ignores `cdn_supported`. */
async function getFile(caller: SignedInCaller, params: GetFile): Promise<TlObject> {
  const file = locate(caller, params.location)
  const { offset, limit } = checkedRange(params)
  checkDataCentre(caller, file)
  const length = Math.max(0, Math.min(limit, file.size - offset))
  const bytes = await readStoredFile(caller.world, file, { offset, length })
  return {
    _: 'upload.file',
    type: { _: STORAGE_TYPES[file.format] },
    mtime: caller.now(),
    bytes,
  }
}

/**
 * SHA-256 hashes of a file's parts, starting with the part that contains the byte at `offset`; empty beyond the end:
 * core.telegram.org/api/files#verifying-downloaded-chunks
 */
async function getFileHashes(
  caller: SignedInCaller,
  params: Pick<GetFile, 'location' | 'offset'>,
): Promise<TlObject[]> {
  const file = locate(caller, params.location)
  if (params.offset < 0n) throw new RpcError(400, 'OFFSET_INVALID')
  checkDataCentre(caller, file)
  const wanted = Number(params.offset)
  const hashes: TlObject[] = []
  if (wanted >= file.size) return hashes
  let offset = wanted - (wanted % HASHED_BYTES)
  for (; offset < file.size && hashes.length < MAX_HASHES; offset += HASHED_BYTES) {
    const bytes = await readStoredFile(caller.world, file, { offset, length: HASHED_BYTES })
    const digest = hash('sha256', toBuffer(bytes), 'buffer')
    hashes.push({ _: 'fileHash', offset: BigInt(offset), limit: bytes.length, hash: digest })
    // Generating file bytes takes CPU time: yields to the event loop in between.
    await nextTurn()
  }
  return hashes
}

function checkDataCentre({ dcId }: SignedInCaller, file: FileSpec): void {
  const home = fileDcId(file.id)
  if (home !== dcId) throw new RpcError(303, `FILE_MIGRATE_${home}`)
}

/** `upload.saveFilePart` and `upload.saveBigFilePart`: core.telegram.org/api/files#uploading-files. */
async function savePart(caller: SignedInCaller, params: SaveFilePart): Promise<boolean> {
  const { file_id: fileId, file_part: index, file_total_parts: totalParts = null, bytes } = params
  await caller.world.uploads.savePart(caller.account.id, { fileId, index, totalParts, bytes })
  return true
}

/** Checks the rules of core.telegram.org/api/files#downloading-files. */
function checkedRange({ precise, offset, limit }: GetFile): { offset: number; limit: number } {
  const unit = precise === true ? KIB : 4 * KIB
  if (offset < 0n || offset % BigInt(unit) !== 0n) throw new RpcError(400, 'OFFSET_INVALID')
  if (limit <= 0 || limit % unit !== 0) throw new RpcError(400, 'LIMIT_INVALID')
  if (precise !== true && MIB % limit !== 0) throw new RpcError(400, 'LIMIT_INVALID')
  const mebibyte = BigInt(MIB)
  if (offset / mebibyte !== (offset + BigInt(limit) - 1n) / mebibyte) {
    throw new RpcError(400, 'LIMIT_INVALID')
  }
  return { offset: Number(offset), limit }
}

function locate({ world, account }: SignedInCaller, location: InputFileLocation): FileSpec {
  const { id, access_hash: accessHash, file_reference: reference } = location
  const kind = LOCATION_KINDS[location._]
  if (kind === undefined || id === undefined || reference === undefined) {
    throw new RpcError(400, 'LOCATION_INVALID')
  }
  const file = findStoredFile(world, { kind, id, thumbSize: location.thumb_size ?? '' })
  const ownHash = accessHashFor(account.id, fileAccessHash(id))
  if (file === null || accessHash !== ownHash) throw new RpcError(400, 'FILE_ID_INVALID')
  if (reference.length === 0) throw new RpcError(400, 'FILE_REFERENCE_EMPTY')
  const check = world.fileReferences.check(id, account.id, reference)
  if (check !== 'valid') throw new RpcError(400, `FILE_REFERENCE_${check.toUpperCase()}`)
  return file
}

const LOCATION_KINDS: Readonly<Record<string, 'photo' | 'document' | undefined>> = {
  inputPhotoFileLocation: 'photo',
  inputDocumentFileLocation: 'document',
}

export const uploadMethods: MethodTable = {
  'upload.getFile': signedIn(getFile),
  'upload.getFileHashes': signedIn(getFileHashes),
  'upload.saveFilePart': signedIn(savePart),
  'upload.saveBigFilePart': signedIn(savePart),
}
