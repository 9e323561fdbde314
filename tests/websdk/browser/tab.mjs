// A tab of a real browser with the product's Web SDK and its upload plugin, on a page of another origin than the server's.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { require } from '../stage.mjs';

const SCRIPTS = { '/chat.js': '@tencentcloud/chat/index.js', '/upload.js': 'tim-upload-plugin/index.js' };
const PAGE = '<!doctype html><meta charset="utf-8"><script src="/chat.js"></script><script src="/upload.js"></script><body></body>';

/** The integrator's own web server: the page and the packages, nothing else. */
function serve() {
  const server = http.createServer((request, response) => {
    const file = SCRIPTS[request.url];
    response.setHeader('Content-Type', file ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    response.end(file ? readFileSync(path.join(process.env.WEBSDK_FOLDER, 'node_modules', file)) : PAGE);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export class Browser {
  static async open() {
    const { chromium } = require('playwright-core');
    const server = await serve();
    const options = { executablePath: process.env.WEBSDK_BROWSER, args: ['--no-sandbox'] };
    return Object.assign(new Browser(), { server, origin: `http://127.0.0.1:${server.address().port}`, browser: await chromium.launch(options) });
  }

  /** A tab with the page, nobody logged in. What the browser refuses is kept. */
  async tab() {
    const context = await this.browser.newContext();
    const page = await context.newPage();
    const refused = [];
    page.on('requestfailed', (request) => refused.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`));
    page.on('console', (line) => line.type() === 'error' && refused.push(line.text()));
    await page.goto(this.origin);
    return { page, refused };
  }

  async close() {
    await this.browser.close();
    this.server.close();
  }
}

/** Runs in the page: a client that is logged in and ready, with the events that it raised. */
export async function logIn({ sdkappid, proxyServer, userID, userSig }) {
  const kit = window.TencentCloudChat;
  const chat = kit.create({ SDKAppID: sdkappid, proxyServer });
  chat.setLogLevel(4);
  chat.registerPlugin({ 'tim-upload-plugin': window.TIMUploadPlugin });
  const events = [];
  for (const name of new Set(Object.values(kit.EVENT))) chat.on(name, ({ data }) => events.push({ name, data }));
  const ready = new Promise((resolve) => chat.on(kit.EVENT.SDK_READY, resolve));
  await chat.login({ userID, userSig });
  await ready;
  Object.assign(window, { chat, kit, events });
}
