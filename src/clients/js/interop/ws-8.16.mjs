#!/usr/bin/env node
import WebSocket from 'ws-8.16';
import { runDriver } from './driver/main.mjs';

await runDriver(WebSocket, 'ws-8.16');
