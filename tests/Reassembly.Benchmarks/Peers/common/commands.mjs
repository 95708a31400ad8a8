import { createInterface } from 'node:readline';

/**
 * Answers the name of a command, a line on standard input, with one line of JSON on standard output. One command at a time; the
 * program ends with its input.
 * @param {Record<string, () => unknown>} commands What each gives; a fault of one is `{"error":"…"}`.
 */
export async function answerCommands(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(commands[line], line)));
  }
  process.exit(0);
}

async function answer(command, name) {
  if (!command) {
    return { error: `no command is called ${name}` };
  }
  try {
    return (await command()) ?? {};
  } catch (error) {
    return { error: error.stack ?? String(error) };
  }
}
