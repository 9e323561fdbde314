// What stands around the SDK: the server, its backend over REST, signatures, and terminals of people who use `tern`.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = process.env.WEBSDK_FOLDER;
export const require = createRequire(path.join(folder, 'package.json'));

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** A program of the workspace: by `TERN_PROGRAMS` (one binary that is all of them), or from the newest build. */
function program(name) {
  if (process.env.TERN_PROGRAMS) return [process.env.TERN_PROGRAMS, name];
  const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'target');
  const built = ['release', 'debug'].map((kind) => path.join(root, kind, name)).find(existsSync);
  if (!built) throw new Error(`${name} is not built: cargo build -p tern -p tern-server-lite`);
  return [built];
}

function start(name, args, options = {}) {
  const [file, ...before] = program(name);
  const child = spawn(file, [...before, ...args], { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until the answer is truthy; an answer that never comes is a failure that names what was awaited. */
export async function eventually(what, ask, limitMs = 5000) {
  const end = Date.now() + limitMs;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs} ms${last ? ` (${last.message})` : ''}`);
    await wait(20);
  }
}

/** A server with a database of its own. */
export class Stage {
  static async open(settings = {}, more = []) {
    const child = start('tern-server', [
      '--ephemeral', '--port', '0', '--ready-json', '--log', process.env.TERN_LOG ?? 'warn',
      '--app-settings', JSON.stringify(settings), ...more,
    ]);
    const lines = readline.createInterface({ input: child.stdout });
    const line = await new Promise((resolve, reject) => {
      lines.once('line', resolve);
      child.once('exit', (code) => reject(new Error(`tern-server ended with ${code}`)));
    });
    return new Stage(JSON.parse(line), child);
  }

  constructor(ready, child) {
    this.ready = ready;
    this.child = child;
    const { Api } = require('tls-sig-api-v2');
    this.signer = new Api(ready.sdkappid, ready.key);
  }

  sig(user) {
    return this.signer.genSig(user, 86400);
  }

  /** A REST call of the backend; its whole answer. */
  async rest(command, body) {
    const query = new URLSearchParams({
      sdkappid: this.ready.sdkappid, identifier: this.ready.admin, usersig: this.sig(this.ready.admin), random: 7, contenttype: 'json',
    });
    const answer = await fetch(`http://${this.ready.address}/v4/${command}?${query}`, { method: 'POST', body: JSON.stringify(body) });
    if (answer.status !== 200) throw new Error(`${command}: HTTP ${answer.status}`);
    return answer.json();
  }

  /** Like `rest`, and it must succeed. */
  async must(command, body) {
    const answer = await this.rest(command, body);
    if (answer.ErrorCode !== 0) throw new Error(`${command}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Somebody who uses `tern`, logged in. */
  async terminal(user) {
    const data = await mkdtemp(path.join(folder, 'tern-'));
    const terminal = new Terminal(user, data);
    await terminal.run(['login', '--server', `http://${this.ready.address}`, '--sdkappid', String(this.ready.sdkappid), '--user', user,
      '--key', this.ready.key]);
    return terminal;
  }

  async close() {
    this.child.kill('SIGTERM');
    await new Promise((resolve) => (this.child.exitCode === null ? this.child.once('exit', resolve) : resolve()));
  }
}

/** A person at a terminal: `tern send`, `tern tail --json`. */
class Terminal {
  constructor(user, data) {
    Object.assign(this, { user, data, seen: [] });
  }

  run(args) {
    const child = start('tern', [...args, '--data', this.data], { stdio: ['ignore', 'ignore', 'inherit'] });
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`tern ${args[0]} ended with ${code}`))));
    });
  }

  send(to, text) {
    return this.run(['send', '--to', to, text]);
  }

  sendToGroup(group, text) {
    return this.run(['send', '--group', group, text]);
  }

  /** Collects what `tern tail --json` writes. */
  tail() {
    const child = start('tern', ['tail', '--json', '--data', this.data]);
    readline.createInterface({ input: child.stdout }).on('line', (line) => this.seen.push(JSON.parse(line)));
    this.tailing = child;
  }

  line(what, like, limitMs = 8000) {
    return eventually(`${what} in tern tail`, () => this.seen.find(like), limitMs);
  }
}
