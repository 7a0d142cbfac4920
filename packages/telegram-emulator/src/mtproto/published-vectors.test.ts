import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { loadSchemas } from '../tl/layers.ts'
import { igeDecrypt, igeEncrypt } from './aes-ige.ts'
import { DH_PRIME, modPow } from './dh.ts'
import { handshakeAes, messageAes, newNonceHash } from './key-derivation.ts'
import { rsaPad } from './test-rsa.ts'

/** Published test vectors: Telegram's example of an exchange, and those of other libraries. */
const hex = (...parts: string[]) => Buffer.from(parts.join(''), 'hex')
const sha1 = (data: Buffer) => createHash('sha1').update(data).digest()
const schema = loadSchemas()

/** core.telegram.org/mtproto/samples-auth_key, as published before RSA_PAD. */
const SAMPLE = {
  nonce: hex('3e0549828cca27e966b301a48fece2fc'),
  serverNonce: hex('a5cf4d33f4a11ea877ba4aa573907330'),
  newNonce: hex('311c85db234aa2640afc4a76a735cf5b1f0fd68bd17fa181e1229ad867cc024d'),
  encryptedAnswer: hex(
    '28a92fe20173b347a8bb324b5fab2667c9a8bbce6468d5b509a4cbddc186240a',
    'c912cf7006af8926de606a2e74c0493caa57741e6c82451f54d3e068f5ccc49b',
    '4444124b9666ffb405aab564a3d01e67f6e912867c8d20d9882707dc330b17b4',
    'e0dd57cb53bfaafa9ef5be76ae6c1b9b6c51e2d6502a47c883095c46c81e3be2',
    '5f62427b585488bb3bf239213bf48eb8fe34c9a026cc8413934043974db03556',
    '633038392cecb51f94824e140b98637730a4be79a8f9dafa39bae81e1095849e',
    'a4c83467c92a3a17d997817c8a7ac61c3ff414da37b7d66e949c0aec858f0482',
    '24210fcc61f11c3a910b431ccbd104cccc8dc6d29d4a5d133be639a4c32bbff1',
    '53e63aca3ac52f2e4709b8ae01844b142c1ee89d075d64f69a399feb04e656fe',
    '3675a6f8f412078f3d0b58da15311c1a9f8e53b3cd6bb5572c294904b726d0be',
    '337e2e21977da26dd6e33270251c2ca29dfcc70227f0755f84cfda9ac4b8dd5f',
    '84f1d1eb36ba45cddc70444d8c213e4bd8f63b8ab95a2d0b4180dc91283dc063',
    'acfb92d6a4e407cde7c8c69689f77a007441d4a6a8384b666502d9b77fc68b5b',
    '43cc607e60a146223e110fcb43bc3c942ef981930cdc4a1d310c0b64d5e55d30',
    '8d863251ab90502c3e46cc599e886a927cda963b9eb16ce62603b68529ee98f9',
    'f5206419e03fb458ec4bd9454aa8f6ba777573cc54b328895b1df25ead9fb4cd',
    '5198ee022b2b81f388d281d5e5bc580107ca01a50665c32b552715f335fd7626',
    '4fad00ddd5ae45b94832ac79ce7c511d194bc42b70efa850bb15c2012c5215ca',
    'bfe97ce66b8d8734d0ee759a638af013',
  ),
  b: hex(
    '6f620afa575c9233eb4c014110a7bcaf49464f798a18a0981fea1e05e8da67d9',
    '681e0fd6df0edf0272ae3492451a84502f2efc0da18741a5fb80bd82296919a7',
    '0faa6d07cbbbca2037ea7d3e327b61d585ed3373ee0553a91cbd29b01fa9a89d',
    '479ca53d57bde3a76fbd922a923a0a38b922c1d0701f53ff52d7ea9217080163',
    'a64901e766eb6a0f20bc391b64b9d1dd2cd13a7d0c946a3a7df8cec9e2236446',
    'f646c42cfe2b60a2a8d776e56c8d7519b08b88ed0970e10d12a8c9e355d765f2',
    'b7bbb7b4ca9360083435523cb0d57d2b106fd14f94b4eee79d8ac131ca56ad38',
    '9c84fe279716f8124a543337fb9ea3d988ec5fa63d90a4ba3970e7a39e5c0de5',
  ),
  authKey: hex(
    'ab96e207c631300986f30ef97df55e179e63c112675f0ce502ee76d74bbee6cb',
    'd1e95772818881e9f2ff54bd52c258787474f6a7bea61eabe49d1d01d55f64fc',
    '07bc31685716ec8fb46feacf9502e42cfd6b9f45a08e90aa5c2b5933ac767cbe',
    '1cd50d8e64f89727ca4a1a5d32c0db80a9fcdbddd4f8d5a1e774198f1a4299f9',
    '27c484feec395f29647e43c3243986f93609e23538c21871df50e00070b3b6a8',
    'fa9bc15628e8b43ff977409a61ceec5a21cf7dfb5a4cc28f5257bc30cd8f2fb9',
    '2fbf21e28924065f50e0bbd5e11a420300e2c136b80e9826c6c5609b5371b785',
    '0aa628323b6422f3a94f6dfde4c3dc1ea60f7e11ee63122b3f39cbd1a8430157',
  ),
  encryptedClientData: hex(
    '928a4957d0463b525c1cc48aabaa030a256be5c746792c84ca4c5a0df60ac799',
    '048d98a38a8480edcf082214dfc79dcb9ee34e206513e2b3bc1504cfe6c9ada4',
    '6bf9a03ca74f192eaf8c278454adabc795a566615462d31817382984039505f7',
    '1cb33a41e2527a4b1ac05107872fed8e3abcee1518ae965b0ed3aed7f6747915',
    '5bda8e4c286b64cdf123ec748cf289b1db02d1907b562df462d8582ba6f0a302',
    '2dc2d3504d69d1ba48b677e3a830bfafd67584c8aa24e1344a8904e305f9587c',
    '92ef964f0083f50f61eab4a393eaa33c9270294aedc7732891d4ea1599f52311',
    'd74469d2112f4edf3f342e93c8e87e812dc3989baecfe6740a46077524c75093',
    'f5a5405736de8937bb6e42c9a0dcf22ca53227d462bccc2cfe94b6fe86ab7fbf',
    'a395021f66661af7c0024ca2986ca03f3476905407d1ea9c010b763258db1aa2',
    'cc7826d91334efc1fdc665b67fe45ed0',
  ),
}

/** Decrypts SHA-1 and data, checks the hash, and decodes the data. */
function openAnswer(sample: Pick<typeof SAMPLE, 'newNonce' | 'serverNonce'>, encrypted: Buffer) {
  const { key, iv } = handshakeAes(sample.newNonce, sample.serverNonce)
  const plain = igeDecrypt(encrypted, key, iv)
  expect(igeEncrypt(plain, key, iv)).toEqual(encrypted)
  const { value, length } = schema.decodePrefix(plain.subarray(20))
  expect(sha1(plain.subarray(20, 20 + length))).toEqual(plain.subarray(0, 20))
  return value
}

test("both encrypted halves of Telegram's example decrypt, and yield its key", () => {
  const nonces = { nonce: SAMPLE.nonce, server_nonce: SAMPLE.serverNonce }
  const answer = openAnswer(SAMPLE, SAMPLE.encryptedAnswer)
  expect(answer).toMatchObject({ _: 'server_DH_inner_data', ...nonces, g: 2, dh_prime: DH_PRIME })
  const data = openAnswer(SAMPLE, SAMPLE.encryptedClientData)
  const g_b = modPow(Buffer.of(2), SAMPLE.b)
  expect(data).toEqual({ _: 'client_DH_inner_data', ...nonces, retry_id: 0n, g_b })
  expect(modPow(answer['g_a'] as Buffer, SAMPLE.b)).toEqual(SAMPLE.authKey)
  const hash = newNonceHash(SAMPLE.newNonce, 1, SAMPLE.authKey)
  expect(hash.toString('hex')).toBe('ccebc0217266e1edec7fb0a0eed6c220')
})

test('the later example, with g = 3, decrypts too', () => {
  const nonce = hex('79f0afb50252e5fc96924bfcecda4f05')
  const serverNonce = hex('801775a3efbfd2701aa28ad727be4646')
  const newNonce = hex('264f835b0b7bdff9c6ed6cf819fd6df5dcd17e90d67add2c2c1e3775c7a6a0ac')
  const encrypted = hex(
    '9a46dce9d54de42c5e4f0d19d776c8c1f318eb1af8836500b5da1b1a80d58038',
    'a554feaf627e6dc4e4924943602d8e19488a6e38a0b81346257e4db5be6e9e00',
    'fe991fd6c56d618d3d0a2493202677ac7cf245846c1494f60d08e61b7fea8bb7',
    '2dd8ba53f6cbf78f2b387757fe2e7f345a368abbec694efde066dc3d2375cf01',
    '0d1e1bf4351724b269e68b541409e07649feee1df6dc5b3c18166879cc678767',
    '82d43ec9b79af8acf67868f4ab7de4082603b670ec622b5dfbbb9e908fe02445',
    '93a4d22474316020ce0e76a5c6ad021d3989451e0b3e8ee48c355992db90300b',
    '376b296e18bb470300c7df14bfae05a452583ead93167941208bbb5ac8099f04',
    '94aa27d6c1a5b678ad12b19fb7d423bb4a29c0eb03169ec538211d82feb50f20',
    '9652d00d3399986b3b0ca09ceb5e2fccb49017fee5f54930d9de371172b3ff10',
    '80d733e5dd620b42dbb76a3e9c25b1b89ab8aa35c099322ca390e269d8818ea8',
    '722008de537705b4071da7def502fcd5a30d2026ea8a87a0f4915803a8271b66',
    '5690e96aabdfc0b479538ae61ba701edff14f7212370958ed41ec8e41e427c40',
    '7fbb0360565c1a6bdf285bc5120b11631b75803dfbf8aaebdc47418a1f061747',
    '005aba9314ee5e261c3e504eae0adaac832b414bf6f7002982ce5b5ae2513761',
    'ee29fa1cba090b9a39aace2948a80e144db2c622589d79fb42e3dae491104e8a',
    '653ded7629cde08b6c41e90e55b0ebcd4f1fc50faddf4a7a9f6d711f0959dfef',
    '04a744a6adfd890b2ab405b9ad5f8e3f38928108f4cd0ba501a492fc463bc7be',
    '8c506b5f7d24cc819a95929166b6e814',
  )
  const answer = openAnswer({ newNonce, serverNonce }, encrypted)
  const nonces = { nonce, server_nonce: serverNonce }
  expect(answer).toMatchObject({ _: 'server_DH_inner_data', ...nonces, g: 3, dh_prime: DH_PRIME })
})

test('key and iv of a message equal those of GramJS (its tests, calcKey)', () => {
  const authKey = hex(
    'bbf38532a79cd64363b490b3bc5e258adfc1d1a67ef3c6d322caac603f90a152',
    '15b6090ccb2226b477b24eb3412757d078d53c72b81864d1376ff20eb405a591',
    '781726495407628d8d611e37ecd6e23c605b57c53b40270bac7e7de0312a5deb',
    '3a1a16e65808b944fcf700d3788da10074d5c088e9e6aca119320d7f07c16d7e',
    '3c9fd48e9d3f50ccc5276a30002d9919831bf783c368ce4b3e6f25f95875ec93',
    '15523cfcaa3ee50b1e40e5552cee2e16eec86b46308c97f808d58f249479bb0e',
    'e1b7b08cf7f0fc047fbe38df6083558494e732dbf26d16b1538c22d361bf31d3',
    'dc4f2b2cb115b3bfac1ec45c960e0854221cf484533025fa679a9b7a8ae11a00',
  )
  expect(messageAes(authKey, hex('00f285b0bf254b5242e075bf87806c51'), 'server')).toEqual({
    key: hex('93355e3f1f50529b6fb93eaf97f29b69c16345f53621e9d45cd9a11ddfbebac9'),
    iv: hex('11e94363ad7145222e2fbac4aaa27f01a6d832fb8115e89395bc43e23f868e47'),
  })
})

/** `handshake.test.ts` decrypts data with this padding. */
test('the RSA_PAD of our tests gives the vector of gotd (its tests, TestRSAPad)', () => {
  const publicKeyPem = [
    '-----BEGIN RSA PUBLIC KEY-----',
    'MIIBCgKCAQEA6LszBcC1LGzyr992NzE0ieY+BSaOW622Aa9Bd4ZHLl+TuFQ4lo4g',
    '5nKaMBwK/BIb9xUfg0Q29/2mgIR6Zr9krM7HjuIcCzFvDtr+L0GQjae9H0pRB2OO',
    '62cECs5HKhT5DZ98K33vmWiLowc621dQuwKWSQKjWf50XYFw42h21P2KXUGyp2y/',
    '+aEyZ+uVgLLQbRA1dEjSDZ2iGRy12Mk5gpYc397aYp438fsJoHIgJ2lgMv5h7WY9',
    't6N/byY9Nw9p21Og3AoXSL2q/2IJ1WRUhebgAdGVMlV1fkuOQoEzR7EdpqtQD9Cs',
    '5+bfo3Nhmcyvk5ftB0WkJ9z6bNZ7yxrP8wIDAQAB',
    '-----END RSA PUBLIC KEY-----',
  ].join('\n')
  const zeros = (length: number) => Buffer.alloc(length)
  expect(rsaPad(publicKeyPem, Buffer.alloc(144, 'a'), zeros)).toEqual(
    hex(
      'bf68719e836806b040cd261ecaf66eb3c4ba19f3bbea3031b2e6cf29167bab64',
      '7201d101b291dc5b716a42e789a38d947fe59e9bcce8f30ef46a946743ea8b6b',
      'abbce7fc0afc46b802aa453e83471d82a4dfad83f971f350b4b4fb474cd1c48f',
      'df427e4b5fecce9ec3178ae7dac3985856fdefa21d6fdc5e0e0fd8a57bc4f515',
      '80d637d372be8d87c9aa3fde8e6f8287bcb3be846aadcdd59465375479e248f6',
      '2ed438f9804fbe36d41ca906243a5f740f3937949aa149ba8a8b8e68b3f3e1e3',
      'cd3f946387520e21eee55845e1f015a919a22f6a72bfaecd2cae946c91983b41',
      'f9ffabe97963bbde8f30eaf5fd3c5b8cecab8711bd269e441b6084f385726ff0',
    ),
  )
})
