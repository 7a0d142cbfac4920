"""Finding messages and people."""

from telethon.tl.functions.contacts import (
    GetContactsRequest,
    ImportContactsRequest,
    SearchRequest,
)
from telethon.tl.types import InputMessagesFilterDocument, InputMessagesFilterPhotos, InputPhoneContact

from emulated import emulator, run, signed_in

PHONE = '+9996621001'


async def messages():
    client = await signed_in(PHONE)
    channel = await client.get_entity(emulator['username'])
    found = {
        'words': [message.id async for message in client.iter_messages(channel, search=emulator['word'])],
        'nothing': [message.id async for message in client.iter_messages(channel, search='xyzzyplugh')],
        'photos': [m.id async for m in client.iter_messages(channel, filter=InputMessagesFilterPhotos)],
        'documents': [m.id async for m in client.iter_messages(channel, filter=InputMessagesFilterDocument)],
        'everywhere': len([m async for m in client.iter_messages(None, search=emulator['word'], limit=300)]),
    }
    await client.disconnect()
    return found


async def by_author():
    client = await signed_in(PHONE)
    group = await client.get_entity(emulator['group'])
    author = next(m.sender_id for m in await client.get_messages(group, limit=50) if m.sender_id and m.sender)
    found = [message.id async for message in client.iter_messages(group, from_user=author)]
    await client.disconnect()
    return {'author': author, 'found': found}


async def people():
    other = await signed_in('+9996623201')
    name = (await other.get_me()).username
    client = await signed_in('+9996623202')
    contact = InputPhoneContact(7, '+9996623201', 'Known', 'Person')
    unknown = InputPhoneContact(8, '+9996623299', 'No', 'Body')
    imported = await client(ImportContactsRequest([contact, unknown]))
    listed = await client(GetContactsRequest(0))
    searched = await client(SearchRequest(name[:6], 10))
    state = {
        'imported': [[entry.client_id, entry.user_id == imported.users[0].id] for entry in imported.imported],
        'names': [[user.first_name, user.contact] for user in listed.users],
        'searched': name in [user.username for user in searched.users],
        'by_phone': (await client.get_entity('+9996623201')).username == name,
    }
    await client.disconnect()
    await other.disconnect()
    return state


run(messages, by_author, people)
