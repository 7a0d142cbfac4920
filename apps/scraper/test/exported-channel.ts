const FILE_NAMES = ['report.pdf', '../../escape.zip', 'long '.repeat(60) + '.txt', 'файл.bin', '..']

/** Three pages of posts, with a gap in the ids, files of every common kind, and hostile file names. */
export const EXPORTED_CHANNEL = {
  name: 'A small channel',
  type: 'public_channel',
  id: 1_500_000_001,
  messages: Array.from({ length: 240 }, (_, index) => post(index < 100 ? index + 1 : index + 50)),
}

function post(id: number) {
  const date = new Date(Date.UTC(2024, 0, 1, id))
  return {
    id,
    type: 'message',
    date: date.toISOString().slice(0, 19),
    date_unixtime: String(date.getTime() / 1000),
    from: 'A small channel',
    from_id: 'channel1500000001',
    ...media(id),
    text: id % 7 === 0 ? ['Bold ', { type: 'bold', text: `number ${id}` }, ' 🎈'] : `Post ${id}`,
  }
}

function media(id: number) {
  if (id % 12 === 0)
    return { photo: `photos/${id}.jpg`, photo_file_size: 20_000 + id, width: 320, height: 200 }
  if (id % 15 !== 0) return {}
  const file_name = FILE_NAMES[(id / 15) % FILE_NAMES.length]
  return {
    file: `files/${id}`,
    file_name,
    file_size: id === 150 ? 1_500_000 : 1000 * id,
    mime_type: 'application/octet-stream',
  }
}
