"""Unmodified Telethon with the addresses and the key of an emulator.

A scenario is an async function without arguments; what it returns goes to standard output as JSON, under its name.
Beside them stands what Telethon logged as a warning or worse.
"""

import asyncio
import contextlib
import json
import logging
import sys
import traceback
import urllib.request

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import MemorySession

API_ID = 1
API_HASH = 'any'
DEADLINE_SECONDS = 100

emulator = json.load(sys.stdin)
rsa._server_keys.clear()
rsa.add_key(emulator['publicKeyPem'], old=False)


def new_client(session=None, dc_id=2, **options):
    """A client that has not connected yet; `session` may be a file or a StringSession."""
    client = TelegramClient(
        session or MemorySession(),
        API_ID,
        API_HASH,
        **{'retry_delay': 0.1, 'connection_retries': 3, **options},
    )
    if client.session.auth_key is None:
        home = next(dc for dc in emulator['dcs'] if dc['id'] == dc_id)
        client.session.set_dc(home['id'], home['ip'], home['port'])
    return client


async def signed_in(phone, password=None, client=None, **options):
    """Signs in as an application would, by `start`."""
    client = client or new_client(**options)
    await client.start(phone=phone, code_callback=lambda: code_of(phone), password=password or no_password)
    return client


def code_of(phone):
    return phone[len('+99966')] * 5


def no_password():
    raise AssertionError('a password was asked for')


async def control(method, path, body=None):
    """Calls the control API, in a thread of its own."""
    return await asyncio.to_thread(_control, method, path, body)


def _control(method, path, body):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(emulator['controlUrl'] + path, data=data, method=method)
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or 'null')


async def error_of(awaitable):
    """The class name of the error that Telethon raises."""
    try:
        await awaitable
    except Exception as error:  # Any error is the result here.
        return type(error).__name__
    return None


# Telethon leaves the zeros off with which 1 of 256 keys begins; its second attempt succeeds.
SHORT_KEY = 'Attempt 1 at new auth_key failed: Step 3 invalid new nonce hash'


class Warnings(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        if record.getMessage() != SHORT_KEY:
            self.texts.append(f'{record.name}: {record.getMessage()}')


def run(*scenarios, last=()):
    """Runs all scenarios concurrently, then those that affect others, and prints their results."""
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    # Telethon prints a greeting on sign-in.
    with contextlib.redirect_stdout(sys.stderr):
        outcomes = asyncio.run(_run_all(scenarios, last))
    json.dump({'outcomes': outcomes, 'warnings': warnings.texts}, sys.stdout)


async def _run_all(scenarios, last):
    outcomes = await asyncio.gather(*(_outcome(scenario) for scenario in scenarios))
    outcomes += [await _outcome(scenario) for scenario in last]
    return {scenario.__name__: outcome for scenario, outcome in zip([*scenarios, *last], outcomes)}


async def _outcome(scenario):
    try:
        return {'value': await asyncio.wait_for(scenario(), DEADLINE_SECONDS)}
    except Exception:  # Reported to the test.
        return {'error': traceback.format_exc()}
