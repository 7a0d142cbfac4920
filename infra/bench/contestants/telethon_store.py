"""Telethon with psycopg2's execute_values: stores the same columns as the scraper, one commit per page."""

import base64
import datetime
import json

import psycopg2
from psycopg2.extras import Json, execute_values
from telethon import utils

PAGE = 100
COLUMNS = (
    'source_id message_id kind date edit_date text entities author_id author_name post_author views forwards '
    'reactions reply_to_id forward grouped_id raw'
).split()


def to_json(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return int(value.timestamp())
    raise TypeError(type(value))


def dumps(value):
    return json.dumps(value, default=to_json)


def row(message):
    entities = [entity.to_dict() for entity in message.entities or []]
    reactions = [one.to_dict() for one in message.reactions.results] if getattr(message, 'reactions', None) else []
    forward = message.fwd_from.to_dict() if message.fwd_from else None
    return (
        1,
        message.id,
        'text' if message.media is None else 'other',
        message.date,
        message.edit_date,
        message.message or '',
        Json(entities, dumps=dumps),
        str(message.sender_id),
        utils.get_display_name(message.sender),
        message.post_author,
        message.views,
        message.forwards,
        Json(reactions, dumps=dumps),
        message.reply_to_msg_id,
        None if forward is None else Json(forward, dumps=dumps),
        None if message.grouped_id is None else str(message.grouped_id),
        Json(message.to_dict(), dumps=dumps),
    )


async def prepare(client, channel, task):
    connection = psycopg2.connect(task['databaseUrl'])
    cursor = connection.cursor()
    cursor.execute('drop table if exists telethon_messages')
    cursor.execute('create table telethon_messages (like messages including all)')
    connection.commit()
    insert = f'insert into telethon_messages ({", ".join(COLUMNS)}) values %s on conflict do nothing'

    def store(page):
        execute_values(cursor, insert, page, page_size=PAGE)
        connection.commit()

    async def work():
        page = []
        async for message in client.iter_messages(channel, reverse=True, wait_time=0):
            page.append(row(message))
            if len(page) == PAGE:
                store(page)
                page = []
        if page:
            store(page)
        cursor.execute('select count(*) from telethon_messages')
        return cursor.fetchone()[0]

    return work
