#!/usr/bin/env node
import WebSocket from 'ws-8.12';
import { runDriver } from './driver/main.mjs';

await runDriver(WebSocket, 'ws-8.12');
