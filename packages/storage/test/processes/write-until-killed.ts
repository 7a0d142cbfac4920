import { createTargets, type TargetsConfig } from '../../src/create-targets.ts'

const [name = 'LOCAL', config = '', key] = process.argv.slice(2)
const target = createTargets(JSON.parse(config) as TargetsConfig)[name as 'LOCAL' | 'S3']

/** An endless stream. Prints a line once 20 MiB were produced, then stops producing. */
async function* endless() {
  for (let chunks = 0; ; chunks++) {
    if (chunks === 40) process.stdout.write('writing\n')
    yield new Uint8Array(512 * 1024)
    if (chunks >= 40) await new Promise((resolve) => setTimeout(resolve, 2 ** 30))
  }
}

const file = { path: '1_news/7_a.mp4', owner: '1' }
if (key === undefined) await target?.write(file, endless())
else await target?.resume({ ...file, key, size: 2 ** 40 }, () => endless())
