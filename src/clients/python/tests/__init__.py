import logging

# unittest runs asyncio in debug mode, which tells of everything that took more than 0.1 s.
logging.getLogger("asyncio").setLevel(logging.ERROR)
