"""The asyncio shell that both adapters share."""
