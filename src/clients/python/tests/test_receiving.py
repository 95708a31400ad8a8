"""What a subscription does between the connection and those who take its messages."""

from __future__ import annotations

import asyncio
import unittest
from typing import cast

from reassembly.aio.receiving import BufferedDelivery, DeliveryQueue


class Queue(unittest.IsolatedAsyncioTestCase):
    async def test_who_was_woken_waits_for_nothing_more(self) -> None:
        queue = DeliveryQueue()
        taking = asyncio.ensure_future(queue.take())
        await asyncio.sleep(0)
        self.assertTrue(queue.is_awaited)
        delivery = cast(BufferedDelivery, object())
        queue.add(delivery)
        self.assertFalse(queue.is_awaited)
        self.assertIs(await taking, delivery)
        self.assertFalse(queue.is_awaited)
