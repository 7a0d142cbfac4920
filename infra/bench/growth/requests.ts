import { LARGEST_SOURCE, TINY_SOURCE, type OwnerName } from './rows.ts'

/** A measured request: a path, requested on behalf of an owner. */
export interface Row {
  readonly name: string
  readonly owner: OwnerName
  readonly path: string
}

const PAGES = {
  page: '/messages?',
  'page, deep': '/messages?cursor=1577836800000_1&',
  'kind, common': '/messages?kind=photo&',
  'kind, rare': '/messages?kind=document&',
  'kind, no hit': '/messages?kind=poll&',
  'with a file': '/messages?has_file=true&',
  'without a file': '/messages?has_file=false&',
  'a month': '/messages?since=2019-06-01T00:00:00Z&until=2019-07-01T00:00:00Z&',
  'search, common': '/messages?q=common&',
  'search, medium': '/messages?q=w50&',
  'search, rare': '/messages?q=needle&',
  'search, no hit': '/messages?q=nowhere&',
  'search, once common': '/messages?q=pandemic&',
  'search, two common words': '/messages?q=common%20w1&',
  'search, two words never together': '/messages?q=sunday%20monday&',
  'search, common, kind without a hit': '/messages?q=common&kind=poll&',
  'search, common, rare kind': '/messages?q=common&kind=document&',
} as const

const OTHERS = {
  runs: '/runs?',
  'runs, failed': '/runs?state=FAILED&',
  'runs, no hit': '/runs?state=CRASHED&',
  'runs, manual': '/runs?trigger=manual&',
  sources: '/sources?limit=50&',
} as const

export function growthRows(): Row[] {
  const rows: Row[] = []
  for (const owner of ['large', 'tiny', 'operator'] as const)
    for (const [name, path] of Object.entries({ ...PAGES, ...OTHERS }))
      rows.push({ name, owner, path })
  for (const [name, path] of Object.entries(PAGES))
    rows.push({
      name: `one source: ${name}`,
      owner: 'large',
      path: path.replace('/messages?', `/sources/${LARGEST_SOURCE}/messages?`),
    })
  rows.push({ name: 'statistics', owner: 'large', path: `/sources/${LARGEST_SOURCE}/stats?` })
  rows.push({ name: 'statistics', owner: 'tiny', path: `/sources/${TINY_SOURCE}/stats?` })
  return rows
}
