// The product's Web SDK in a real browser, on a page of another origin: what a browser insists on and Node does not.

import assert from 'node:assert/strict';
import { Person } from '../person.mjs';
import { eventually, Stage } from '../stage.mjs';
import { Steps } from '../steps.mjs';
import { Browser, logIn } from './tab.mjs';

const steps = new Steps(120_000);
const { step } = steps;
const stage = await Stage.open();
const browser = await Browser.open();
const { page, refused } = await browser.tab();
const bob = await Person.login(stage, 'bob');

await step('a page of another origin logs in and becomes ready', async () => {
  assert.notEqual(browser.origin, `http://${stage.ready.address}`);
  const login = { sdkappid: stage.ready.sdkappid, proxyServer: `ws://${stage.ready.address}`, userID: 'ann', userSig: stage.sig('ann') };
  await page.evaluate(logIn, login);
  assert.deepEqual(refused, []);
});

await step('the page and a client elsewhere write to each other', async () => {
  const from = bob.events.length;
  const sent = await page.evaluate(async () => {
    const { chat, kit } = window;
    const message = chat.createTextMessage({ to: 'bob', conversationType: kit.TYPES.CONV_C2C, payload: { text: 'from a page' } });
    return (await chat.sendMessage(message)).data.message.ID;
  });
  await bob.received((message) => message.ID === sent && message.payload.text === 'from a page', { from });
  await bob.send('Text', { user: 'ann' }, { text: 'to a page' });
  await eventually('the answer', () => page.evaluate(() => window.events.some((e) => JSON.stringify(e.data ?? '').includes('to a page'))));
});

const files = [
  ['Image', 'a picture.png', 'image/png', 'imageInfoArray'],
  ['File', 'log 1.txt', 'text/plain', 'fileUrl'],
  ['Video', 'clip.mp4', 'video/mp4', 'videoUrl'],
  ['Audio', 'word.mp3', 'audio/mpeg', 'url'],
];
for (const [kind, name, type, member] of files) {
  await step(`the page sends ${name}, with its progress, and the receiver reads it`, async () => {
    const from = bob.events.length;
    const { ID, bytes, progress } = await page.evaluate(async ([kind, name, type]) => {
      const { chat, kit } = window;
      const canvas = Object.assign(document.createElement('canvas'), { width: 900, height: 600 });
      canvas.getContext('2d').fillRect(20, 20, 300, 200);
      const picture = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
      const file = new File([type.startsWith('image/') ? picture : 'no picture, but bytes'], name, { type });
      const progress = [];
      const options = { to: 'bob', conversationType: kit.TYPES.CONV_C2C, payload: { file, duration: 1 }, onProgress: (part) => progress.push(part) };
      if (kind === 'Audio') file.duration = 1;
      const message = chat[`create${kind}Message`](options);
      const { data } = await chat.sendMessage(message);
      return { ID: data.message.ID, bytes: file.size, progress };
    }, [kind, name, type]);
    assert.equal(progress.at(-1), 1);
    const { payload } = await bob.received((message) => message.ID === ID, { from });
    const url = kind === 'Image' ? payload[member][0].url : (payload[`remote${member[0].toUpperCase()}${member.slice(1)}`] ?? payload[member]);
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.equal((await answer.arrayBuffer()).byteLength, bytes);
    if (kind === 'Image') assert.deepEqual([payload[member][0].width, payload[member][0].height], [900, 600]);
  });
}

await step('the page reads a file by script', async () => {
  const read = await page.evaluate(async () => {
    const { data } = await window.chat.getMessageList({ conversationID: 'C2Cbob' });
    const picture = data.messageList.find((message) => message.type === window.kit.TYPES.MSG_IMAGE);
    const answer = await fetch(picture.payload.imageInfoArray[0].imageUrl);
    return [answer.status, (await answer.blob()).size > 0];
  });
  assert.deepEqual(read, [200, true]);
});

await step('a link that broke comes back by itself', async () => {
  await page.context().setOffline(true);
  await eventually('the loss', () => page.evaluate(() => window.events.some((e) => e.name === window.kit.EVENT.NET_STATE_CHANGE && e.data.state !== 'connected')), 15_000);
  await page.context().setOffline(false);
  await bob.send('Text', { user: 'ann' }, { text: 'are you back' });
  await eventually('the message', () => page.evaluate(() => window.events.some((e) => JSON.stringify(e.data ?? '').includes('are you back'))), 15_000);
});

await browser.close();
await stage.close();
steps.end();
