/** Checks that an S3 server supports all that `S3Target` needs: node try-server.ts ENDPOINT BUCKET ACCESS_KEY_ID SECRET_ACCESS_KEY */
import { deepEqual, rejects } from 'node:assert/strict'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { FileNotFound, RangeNotSatisfiable } from '../../src/errors.ts'
import { openBucket } from '../../src/s3/bucket.ts'
import { S3Target } from '../../src/s3/s3-target.ts'
import { objectKeys } from '../../src/s3/unfinished-uploads.ts'
import { contentOf, inPieces, LARGE, read } from '../files.ts'

const [endpoint = '', bucket = '', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2)
const prefix = `try-${Date.now()}/`
const options = {
  bucket,
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey },
  prefix,
}
const target = new S3Target(options)
const opened = openBucket(options)

const objects = async () =>
  (await objectKeys(opened, prefix)).map((key) => key.slice(prefix.length)).toSorted()
async function uploads(): Promise<number> {
  const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}broken` })
  return (await opened.client.send(command)).Uploads?.length ?? 0
}

async function* failing() {
  yield LARGE.subarray(0, 12 * 1024 * 1024)
  throw new Error('the stream failed')
}

deepEqual(await target.check(), null)
for (const size of [0, 1, 5 * 1024 * 1024, LARGE.length])
  for (const path of ["1_a/7_it's (1) & =?#%41+’ ünï.pdf", '1_a/🙂']) {
    const bytes = LARGE.subarray(0, size)
    deepEqual(await target.write({ path, owner: '1', size }, inPieces(bytes)), contentOf(bytes))
    deepEqual(await objects(), [path])
    deepEqual(bytes.equals(await read(target, path)), true)
    if (size > 1) {
      const range = { start: 1000, end: 1999 }
      deepEqual(bytes.subarray(1000, 2000).equals(await read(target, path, range)), true)
    }
    await rejects(target.open(path, { start: size, end: size }), RangeNotSatisfiable)
    await target.delete(path)
  }
await target.delete('none')
await rejects(target.open('none'), FileNotFound)

await rejects(target.write({ path: 'broken', owner: '1' }, failing()), /the stream failed/)
deepEqual([await objects(), await uploads()], [[], 0])

// `clear` aborts the upload of a writer that is frozen.
const stop = new AbortController()
const frozen = Promise.withResolvers<void>()
async function* freezing() {
  yield LARGE.subarray(0, 6 * 1024 * 1024)
  frozen.resolve()
  await new Promise((_, reject) => stop.signal.addEventListener('abort', reject))
}
const writing = target.write({ path: 'broken', owner: '2' }, freezing())
await frozen.promise
deepEqual([await target.owners(), await uploads()], [['2'], 1])
await target.clear('2')
deepEqual([await objects(), await uploads()], [[], 0])
stop.abort()
await rejects(writing)
process.stdout.write('the server supports everything that target S3 needs\n')
