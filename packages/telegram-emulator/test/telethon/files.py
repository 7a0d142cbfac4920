"""Downloads: whole files and parts, from either data centre, thumbnails, references that are no longer good."""

import hashlib

from telethon.tl.functions.upload import GetFileHashesRequest
from telethon.tl.types import InputDocumentFileLocation

from emulated import control, emulator, error_of, run, signed_in


async def downloads():
    client = await signed_in('+9996621001')
    found = {}
    async for message in client.iter_messages(emulator['username']):
        if message.file is not None:
            data = await client.download_media(message, bytes)
            found[message.id] = {'sha256': sha256(data), 'dc': (message.photo or message.document).dc_id}
    await client.disconnect()
    return found


async def from_data_centre_4():
    client = await signed_in('+9996641003')
    digests = []
    async for message in client.iter_messages(emulator['username'], limit=30):
        if message.file is not None:
            digests.append(sha256(await client.download_media(message, bytes)))
    await client.disconnect()
    return digests


async def part_of_a_file():
    client = await signed_in('+9996621001')
    message = await client.get_messages(emulator['username'], ids=emulator['documentId'])
    chunks = client.iter_download(message.document, offset=70_000, limit=3, request_size=16 * 1024)
    data = b''.join([chunk async for chunk in chunks])
    whole = await client.download_media(message, bytes)
    await client.disconnect()
    return [len(data), data == whole[70_000:70_000 + len(data)]]


async def hashes_of_a_file():
    client = await signed_in('+9996621001')
    message = await client.get_messages(emulator['username'], ids=emulator['documentId'])
    whole = await client.download_media(message, bytes)
    document = message.document
    location = InputDocumentFileLocation(document.id, document.access_hash, document.file_reference, '')
    # Telethon does not follow a file to another data centre by itself.
    sender = await client._borrow_exported_sender(document.dc_id) if document.dc_id != client.session.dc_id else client._sender
    hashes = await client._call(sender, GetFileHashesRequest(location, offset=0))
    await client.disconnect()
    return [
        sum(part.limit for part in hashes) == len(whole),
        all(hashlib.sha256(whole[part.offset:part.offset + part.limit]).digest() == part.hash for part in hashes),
    ]


async def a_thumbnail():
    client = await signed_in('+9996621001')
    message = await client.get_messages(emulator['username'], ids=emulator['photoId'])
    smallest = await client.download_media(message, bytes, thumb=0)
    largest = await client.download_media(message, bytes, thumb=-1)
    await client.disconnect()
    return [len(smallest), smallest[:2].hex(), len(largest)]


async def a_reference_that_is_wrong():
    client = await signed_in('+9996621001')
    message = await client.get_messages(emulator['username'], ids=emulator['documentId'])
    message.document.file_reference = b'\1' * 20
    wrong = await error_of(client.download_media(message, bytes))
    await client.disconnect()
    return wrong


async def with_an_expired_reference():
    client = await signed_in('+9996621001')
    ids = [emulator['documentId'], emulator['photoId']]
    stale = await client.get_messages(emulator['username'], ids=ids)
    await control('POST', '/faults', {'kind': 'expire_file_references'})
    expired = [await error_of(client.download_media(message, bytes)) for message in stale]
    fresh = await client.get_messages(emulator['username'], ids=ids)
    digests = [sha256(await client.download_media(message, bytes)) for message in fresh]
    await client.disconnect()
    return {'expired': expired, 'fresh': dict(zip(ids, digests))}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# The references of all expire with those of one: this comes last, on its own.
run(downloads, from_data_centre_4, part_of_a_file, hashes_of_a_file, a_thumbnail, a_reference_that_is_wrong, last=[with_an_expired_reference])
