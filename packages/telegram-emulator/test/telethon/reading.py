"""Reading what is there: dialogs, histories in both directions, messages by id, what is in them."""

from collections import Counter

from telethon.tl.functions.channels import GetFullChannelRequest
from telethon.tl.functions.updates import GetStateRequest
from telethon.tl.types import InputPeerChannel

from emulated import emulator, error_of, run, signed_in

PHONE = '+9996621001'


async def dialogs():
    client = await signed_in(PHONE)
    listed = [
        {'id': dialog.entity.id, 'title': dialog.name, 'broadcast': dialog.is_channel and not dialog.is_group,
         'pinned': dialog.pinned, 'top': dialog.message.id, 'unread': dialog.unread_count}
        async for dialog in client.iter_dialogs()
    ]
    await client.disconnect()
    return listed


async def histories():
    """The histories, and how often each thing occurs in them: nothing may be lost in an older layer."""
    client = await signed_in(PHONE)
    found = {}
    counts = Counter()
    async for dialog in client.iter_dialogs():
        # Telethon waits a second after each page unless it is configured not to.
        down = [message async for message in client.iter_messages(dialog.entity, wait_time=0)]
        up = [message.id async for message in client.iter_messages(dialog.entity, wait_time=0, reverse=True)]
        found[dialog.entity.id] = {'down': [described(message) for message in down], 'up': up}
        for message in down:
            counts.update(parts_of(message))
    await client.disconnect()
    return {'found': found, 'counts': counts}


def parts_of(message):
    yield type(message).__name__
    for part in (message.media, message.action, message.fwd_from, message.reply_to, message.reactions):
        if part is not None:
            yield type(part).__name__
    for entity in message.entities or []:
        yield type(entity).__name__
    for name in ('grouped_id', 'edit_date', 'views'):
        if getattr(message, name) is not None:
            yield name


def described(message):
    return {
        'id': message.id,
        'date': int(message.date.timestamp()),
        'text': message.raw_text or '',
        'file': file_of(message),
    }


def file_of(message):
    # Pictures of web pages and of chats are files too, as Telethon sees it; they are no part of the message.
    if message.file is None or message.web_preview is not None or message.action is not None:
        return None
    return {'kind': kind_of(message), 'name': message.file.name, 'size': message.file.size}


def kind_of(message):
    for kind in ('photo', 'voice', 'gif', 'sticker', 'audio'):
        if getattr(message, kind) is not None:
            return kind
    if message.video_note is not None:
        return 'round'
    return 'document' if message.video is None else 'video'


async def pages():
    client = await signed_in(PHONE)
    channel = emulator['username']
    newest = await client.get_messages(channel, limit=3)
    middle = newest[2].id - 100
    found = {
        'total': newest.total,
        'middle': middle,
        'newest': [message.id for message in newest],
        'below': [message.id for message in await client.get_messages(channel, limit=5, offset_id=middle)],
        'between': [message.id for message in await client.get_messages(channel, None, min_id=middle - 9, max_id=middle)],
        'date': int(newest[2].date.timestamp()),
        'older': [m.id for m in await client.get_messages(channel, limit=2, offset_date=newest[2].date)],
        'named': [m and m.id for m in await client.get_messages(channel, ids=[middle, 10 ** 9, newest[0].id])],
        'none': await client.get_messages(channel, ids=10 ** 9),
    }
    await client.disconnect()
    return found


async def channels():
    client = await signed_in(PHONE)
    entity = await client.get_entity(emulator['username'])
    full = (await client(GetFullChannelRequest(entity))).full_chat
    state = await client(GetStateRequest())
    wrong = InputPeerChannel(entity.id, entity.access_hash + 1)
    found = {
        'id': entity.id,
        'full': [full.id, full.about, full.participants_count],
        'nobody': await error_of(client.get_entity('nobody_has_this_name')),
        'wrong': await error_of(client.get_messages(wrong)),
        'state': [state.pts > 0, state.seq >= 0],
    }
    await client.disconnect()
    return found


run(dialogs, histories, pages, channels)
