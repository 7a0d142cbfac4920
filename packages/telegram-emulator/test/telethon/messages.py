"""Two accounts that write to each other: text, replies, edits, deletions, files, albums, read marks."""

import asyncio
import hashlib
import io
import random

from telethon import events
from telethon.tl.functions.messages import CreateChatRequest, MigrateChatRequest, SendMessageRequest
from telethon.tl.types import Channel, DocumentAttributeFilename, InputMediaPoll, Poll, PollAnswer

from emulated import error_of, run, signed_in

MEBIBYTE = 1024 * 1024


async def pair(number):
    """Two signed-in clients that know each other."""
    one, other = await asyncio.gather(signed_in(f'+99966231{number}1'), signed_in(f'+99966231{number}2'))
    there = await one.get_entity((await other.get_me()).username)
    here = await other.get_entity((await one.get_me()).username)
    return one, other, there, here


class Heard:
    """What a client's handlers received, in order."""

    def __init__(self, client):
        self._queue = asyncio.Queue()
        client.add_event_handler(lambda event: self._note('new', event.raw_text), events.NewMessage(incoming=True))
        client.add_event_handler(lambda event: self._note('edited', event.raw_text), events.MessageEdited(incoming=True))
        client.add_event_handler(lambda event: self._note('deleted', len(event.deleted_ids)), events.MessageDeleted())
        client.add_event_handler(lambda event: self._note('read', event.max_id), events.MessageRead())

    async def _note(self, kind, value):
        await self._queue.put([kind, value])

    async def next(self):
        return await self._queue.get()


async def conversation():
    one, other, there, here = await pair(1)
    heard, read = Heard(other), Heard(one)
    first = await one.send_message(there, f'good **morning** [you](tg://user?id={there.id}) #hello')
    said = [await heard.next()]
    second = await other.send_message(here, 'hello', reply_to=(await other.get_messages(here))[0])
    answers = [await read.next()]
    answered = await (await one.get_messages(there, limit=1))[0].get_reply_message()
    await one.edit_message(first, 'good evening')
    said.append(await heard.next())
    third = await one.send_message(there, 'to be deleted', silent=True)
    said.append(await heard.next())
    await other.send_read_acknowledge(here)
    answers.append(await read.next())
    # Telethon does not count what it read itself: it takes what comes next for a gap, and asks for the difference.
    await one.send_message(there, 'still there?')
    said.append(await heard.next())
    await third.delete()
    said.append(await heard.next())
    seen = await other.get_messages(here, limit=10)
    state = {
        'said': said,
        'answers': [answers[0], ['read', answers[1][1] == third.id]],
        'answered': answered.id == first.id,
        'out': [first.out, second.out],
        'entities': [type(entity).__name__ for entity in first.entities],
        'seen': [[message.raw_text, message.out, message.edit_date is not None] for message in seen],
        'mine': [message.raw_text for message in await one.get_messages(there, limit=10)],
        'dialogs': [dialog.name for dialog in await one.get_dialogs() if dialog.is_user] == [there.first_name + ' ' + there.last_name],
    }
    await asyncio.gather(one.disconnect(), other.disconnect())
    return state


async def nothing_twice():
    one, other, there, _ = await pair(2)
    request = SendMessageRequest(await one.get_input_entity(there), 'once', random_id=4711)
    await one(request)
    errors = [
        # Telethon itself would try five times more.
        await error_of(one._sender.send(request)),
        await error_of(one.send_message(there, '')),
        await error_of(one.send_message(there, 'a' * 4097)),
        await error_of(one.edit_message(there, 999, 'nothing there')),
    ]
    message = (await one.get_messages(there, limit=1))[0]
    errors.append(await error_of(message.edit('once')))
    count = (await one.get_messages(there, limit=0)).total
    await asyncio.gather(one.disconnect(), other.disconnect())
    return [errors, count]


async def files():
    one, other, there, here = await pair(3)
    heard = Heard(other)
    notes = random.Random(1).randbytes(300_000)
    await one.send_file(there, notes, caption='a file', attributes=[DocumentAttributeFilename('notes.bin')])
    update = await heard.next()
    message = (await other.get_messages(here, limit=1))[0]
    album = [named(bytes([number]) * 50_000, f'{number}.txt') for number in range(3)]
    sent = await one.send_file(there, album, caption=['one', 'two', 'three'])
    await asyncio.gather(*(heard.next() for _ in album))
    received = await other.get_messages(here, limit=3)
    state = {
        'received': update,
        'name': message.file.name,
        'size': message.file.size,
        'same': await other.download_media(message, bytes) == notes,
        'groups': [len({message.grouped_id for message in messages}) for messages in (sent, received)],
        'captions': [message.raw_text for message in reversed(received)],
        'contents': [(await other.download_media(message, bytes))[:1].hex() for message in reversed(received)],
    }
    await asyncio.gather(one.disconnect(), other.disconnect())
    return state


def named(data, name):
    file = io.BytesIO(data)
    file.name = name
    return file


async def a_file_of_50_megabytes():
    client = await signed_in('+9996623141')
    data = random.Random(2).randbytes(50 * MEBIBYTE)
    message = await client.send_file('me', named(data, 'large.bin'), force_document=True)
    # Telethon decrypts 10 MB a second: the middle has to do, the whole is the test's business.
    chunks = client.iter_download(message.document, offset=25 * MEBIBYTE, limit=2, request_size=MEBIBYTE // 2)
    middle = b''.join([bytes(chunk) async for chunk in chunks])
    await client.disconnect()
    return {
        'name': message.file.name,
        'size': message.file.size,
        'sha256': hashlib.sha256(data).hexdigest(),
        'middle': middle == data[25 * MEBIBYTE:26 * MEBIBYTE],
    }


async def a_poll():
    """Its texts are strings in this layer, and have become objects since."""
    one, other, there, here = await pair(5)
    answers = [PollAnswer('yes', b'1'), PollAnswer('no', b'2')]
    await one.send_message(there, file=InputMediaPoll(Poll(1, 'why?', answers)))
    poll = (await other.get_messages(here, limit=1))[0].poll.poll
    await asyncio.gather(one.disconnect(), other.disconnect())
    return [poll.question, [answer.text for answer in poll.answers]]


async def a_group():
    """Made, written into, and turned into a supergroup, of which both hear."""
    one, other, there, here = await pair(6)
    heard = Heard(other)
    created = await one(CreateChatRequest([there], 'Two of us'))
    group = created.chats[0]
    await one.send_message(group, 'hello group')
    update = await heard.next()
    await one.forward_messages(there, (await one.get_messages(group, limit=1))[0])
    forwarded = [await heard.next(), (await other.get_messages(here, limit=1))[0].fwd_from is not None]
    migrated = await one(MigrateChatRequest(group.id))
    supergroup = next(chat for chat in migrated.chats if isinstance(chat, Channel))
    await one.send_message(supergroup, 'hello supergroup')
    after = await heard.next()
    dialogs = [dialog.entity async for dialog in other.iter_dialogs(ignore_migrated=True) if dialog.is_group]
    actions = [type(message.action).__name__ for message in await other.get_messages(supergroup.id, limit=5)]
    state = {
        'title': group.title,
        'received': [update, *forwarded, after],
        'dialogs': [[type(entity).__name__, entity.title] for entity in dialogs],
        'actions': actions,
    }
    await asyncio.gather(one.disconnect(), other.disconnect())
    return state


run(conversation, nothing_twice, files, a_file_of_50_megabytes, a_poll, a_group)
