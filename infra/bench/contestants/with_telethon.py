"""Unmodified Telethon, configured with the emulator's addresses and public key."""

import asyncio
import json
import os
import resource
import sys
import time

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import MemorySession

task = json.loads(sys.stdin.readline())
rsa._server_keys.clear()
rsa.add_key(task['publicKeyPem'], old=False)


async def signed_in():
    client = TelegramClient(MemorySession(), 1, 'any', receive_updates=False)
    home = task['dcs'][0]
    client.session.set_dc(home['id'], home['ip'], home['port'])
    await client.connect()
    sent = await client.send_code_request(task['phone'])
    await client.sign_in(task['phone'], task['code'], phone_code_hash=sent.phone_code_hash)
    return client


async def history(client, channel):
    async def work():
        posts = 0
        # wait_time=0: by default, Telethon sleeps 1 s after each page when more than 3,000 posts are requested.
        async for _ in client.iter_messages(channel, wait_time=0):
            posts += 1
        return posts

    return work


async def download(client, channel):
    messages = [message async for message in client.iter_messages(channel, wait_time=0)]

    async def work():
        size = 0
        for message in messages:
            if message.document is None:
                continue
            await client.download_media(message, os.path.join(task['directory'], str(message.id)))
            size += message.document.size
        return size

    return work


async def store(client, channel):
    import telethon_store

    return await telethon_store.prepare(client, channel, task)


async def main():
    client = await signed_in()
    await client.get_dialogs()
    name = task['channel']
    channel = await client.get_entity(name if name.startswith('@') else int(name))
    prepare = {'history': history, 'download': download, 'store': store}[task['name']]
    work = await prepare(client, channel)
    print('ready', flush=True)
    sys.stdin.readline()
    before = resource.getrusage(resource.RUSAGE_SELF)
    started_at = time.perf_counter()
    amount = await work()
    seconds = time.perf_counter() - started_at
    after = resource.getrusage(resource.RUSAGE_SELF)
    performed = {
        'seconds': seconds,
        'cpuSeconds': after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        'peakMebibytes': after.ru_maxrss / 1024,
        'amount': amount,
    }
    print(json.dumps(performed), flush=True)
    await client.disconnect()


asyncio.run(main())
