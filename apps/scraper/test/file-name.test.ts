import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fileName } from '../src/files/file-name.ts'

const document = (name: string | null, mimeType: string | null = null) => ({
  version: 1,
  name,
  kind: 'document',
  mimeType,
})

describe('the name of a stored file', () => {
  test.each([
    ['report.pdf', '7_report.pdf'],
    ['../../etc/passwd', '7__.._etc_passwd'],
    ['a/b\\c:d*e?f"g<h>i|j.txt', '7_a_b_c_d_e_f_g_h_i_j.txt'],
    ['invoice\u202Efdp.exe', '7_invoice_fdp.exe'],
    ['zero\u0000byte\u200B.txt', '7_zero_byte_.txt'],
    ['  spaces \n and  tabs\t.txt ', '7_spaces and tabs .txt'],
    ['.htaccess', '7_htaccess'],
    ['CON', '7_CON'],
    ['отчёт за 2024.pdf', '7_отчёт за 2024.pdf'],
  ])('of %j is %j', (given, expected) => {
    expect(fileName(7, document(given))).toBe(expected)
  })

  test('of a file that came by an edit contains its version', () => {
    expect(fileName(7, { ...document('report.pdf'), version: 2 })).toBe('7v2_report.pdf')
  })

  test.each([
    [null, 'image/jpeg', '7_document.jpg'],
    ['', 'application/pdf', '7_document.pdf'],
    ['...', null, '7_document'],
    ['///', 'application/zip', '7_document.zip'],
    [null, 'video/quicktime', '7_document.mov'],
    [null, 'video/webm', '7_document.webm'],
    [null, 'image/gif', '7_document.gif'],
    [null, 'audio/flac', '7_document.flac'],
    [null, 'audio/ogg; codecs=opus', '7_document.ogg'],
    [null, 'audio/mpeg', '7_document.mp3'],
    [null, 'application/x-tgsticker', '7_document.tgs'],
    [null, 'application/vnd.android.package-archive', '7_document.apk'],
    [null, 'application/octet-stream', '7_document'],
    [null, 'image/../../x', '7_document'],
    [null, 'constructor', '7_document'],
  ])('without a usable name (%j, %j) is %j', (given, mimeType, expected) => {
    expect(fileName(7, document(given, mimeType))).toBe(expected)
  })

  test('keeps the extension of a name that is too long', () => {
    const name = fileName(123_456, document(`${'длинное имя '.repeat(40)}.tar.gz`))
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(143)
    expect(name).toMatch(/^123456_длинное .*\.gz$/)
  })

  test('is one safe path segment of at most 143 bytes for any name', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.string({ unit: 'binary', maxLength: 300 }),
        (messageId, given) => {
          const name = fileName(messageId, document(given))
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(143)
          expect(name.startsWith(`${messageId}_`)).toBe(true)
          expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}\p{Cs}]|[. ]$/u)
          expect(Buffer.from(name).toString()).toBe(name)
        },
      ),
    )
  })
})
