// Histories, page by page.

import assert from 'node:assert/strict';
import { Person } from '../person.mjs';
import { eventually, wait } from '../stage.mjs';
import { random, textElement } from './elements.mjs';

const COUNT = 47;
/** The SDK refuses the same call again within a second. */
const SAME_CALL_MS = 1100;

/** A group's messages, the oldest first: the newest page, then back by number. */
async function groupHistory(person, conversationID) {
  const pages = [(await person.chat.getMessageList({ conversationID })).data.messageList];
  while (pages[0].length && pages[0][0].sequence > 1) {
    const sequence = pages[0][0].sequence - 1;
    pages.unshift((await person.chat.getMessageListHopping({ conversationID, sequence, direction: 0, count: 15 })).data.messageList);
  }
  return { messages: pages.flat(), pages: pages.length };
}

export async function play(step, stage, cast) {
  await stage.must('im_open_login_svc/account_import', { UserID: 'ivy' });
  await stage.must('im_open_login_svc/account_import', { UserID: 'jon' });
  const group = (await stage.must('group_open_http_svc/create_group', {
    Owner_Account: 'jon', Type: 'Public', Name: 'Long', MemberList: [{ Member_Account: 'ivy' }],
  })).GroupId;
  const words = Array.from({ length: COUNT }, (_, at) => `line ${at + 1}`);
  for (const word of words) {
    await stage.must('openim/sendmsg', { From_Account: 'jon', To_Account: 'ivy', MsgRandom: random(), MsgBody: [textElement(word)] });
    await stage.must('group_open_http_svc/send_group_msg', { GroupId: group, From_Account: 'jon', Random: random(), MsgBody: [textElement(word)] });
  }
  const ivy = await Person.login(stage, 'ivy');
  for (const id of ['C2Cjon', `GROUP${group}`]) await eventually(`${id} on the list`, () => ivy.conversation(id));
  const texts = (messages) => messages.filter((message) => message.type === ivy.TYPES.MSG_TEXT).map((message) => message.payload.text);

  for (const [name, id] of [['one-to-one', 'C2Cjon'], ['group', `GROUP${group}`]]) {
    await step(`${name}: the history comes in pages, whole, in order, once`, async () => {
      assert.equal((await ivy.conversation(id)).lastMessage.messageForShow, `line ${COUNT}`);
      const { messages, pages } = id.startsWith('GROUP') ? await groupHistory(ivy, id) : await ivy.history(id);
      assert.deepEqual(texts(messages), words);
      assert.ok(pages >= 3, `${pages} pages`);
      assert.equal(new Set(messages.map((message) => message.ID)).size, messages.length);
    });
  }

  await step('one-to-one: a jump by time shows what was said around it', async () => {
    const { messages } = await ivy.history('C2Cjon');
    const middle = messages[20];
    await wait(SAME_CALL_MS);
    const { data } = await ivy.chat.getMessageListHopping({ conversationID: 'C2Cjon', time: middle.time, direction: 0, count: 15 });
    assert.ok(data.messageList.length > 0);
    assert.ok(data.messageList.every((message) => message.time <= middle.time + 1));
  });

  await step('group: a jump by sequence, both ways', async () => {
    const id = `GROUP${group}`;
    const { messages } = await groupHistory(ivy, id);
    const middle = messages.find((message) => message.payload.text === 'line 20');
    const back = (await ivy.chat.getMessageListHopping({ conversationID: id, sequence: middle.sequence, direction: 0, count: 5 })).data.messageList;
    assert.deepEqual(texts(back).at(-1), 'line 20');
    assert.equal(back.length, 5);
    const on = (await ivy.chat.getMessageListHopping({ conversationID: id, sequence: middle.sequence, direction: 1, count: 5 })).data.messageList;
    assert.equal(texts(on)[0], 'line 20');
    assert.equal(on.length, 5);
  });

  await step('a recalled and a modified message come so from the history', async () => {
    const { messages } = await groupHistory(ivy, `GROUP${group}`);
    const [gone, changed] = ['line 10', 'line 11'].map((text) => messages.find((message) => message.payload.text === text));
    await stage.must('group_open_http_svc/group_msg_recall', { GroupId: group, MsgSeqList: [{ MsgSeq: gone.sequence }] });
    await stage.must('openim/modify_group_msg', { GroupId: group, MsgSeq: changed.sequence, MsgBody: [textElement('line eleven')] });
    await ivy.logout();
    const again = await Person.login(stage, 'ivy');
    await eventually('the group on the list', () => again.conversation(`GROUP${group}`));
    const now = (await groupHistory(again, `GROUP${group}`)).messages;
    const at = (sequence) => now.find((message) => message.sequence === sequence);
    assert.equal(at(changed.sequence).payload.text, 'line eleven');
    assert.ok(at(gone.sequence) === undefined || at(gone.sequence).isRevoked, JSON.stringify(at(gone.sequence)));
    await again.logout();
  });
}
