// What one does with conversations, and that it holds after the next login.

import assert from 'node:assert/strict';
import { Person } from '../person.mjs';
import { eventually, wait } from '../stage.mjs';
import { random, textElement } from './elements.mjs';

export async function play(step, stage, cast) {
  const { bob } = cast;
  for (const user of ['ivy', 'fay', 'gus', 'hal']) {
    await stage.must('im_open_login_svc/account_import', { UserID: user, Nick: user.toUpperCase() });
    for (const word of ['one', 'two']) {
      await stage.must('openim/sendmsg', { From_Account: user, To_Account: 'bob', MsgRandom: random(), MsgBody: [textElement(`${word} of ${user}`)] });
    }
  }
  const group = (await stage.must('group_open_http_svc/create_group', {
    Owner_Account: 'ivy', Type: 'Public', Name: 'Readers', MemberList: [{ Member_Account: 'bob' }],
  })).GroupId;
  await stage.must('group_open_http_svc/send_group_msg', { GroupId: group, From_Account: 'ivy', Random: random(), MsgBody: [textElement('welcome')] });
  const later = [];

  await step('conversations are listed with their last message, name and unread count', async () => {
    await bob.received((message) => message.payload?.text === 'welcome');
    const ivy = await bob.conversation('C2Civy');
    assert.deepEqual([ivy.unreadCount, ivy.lastMessage.messageForShow], [2, 'two of ivy']);
    await eventually('the name of ivy', async () => (await bob.conversation('C2Civy')).userProfile.nick === 'IVY');
    await eventually('the name of the group', async () => (await bob.conversation(`GROUP${group}`)).groupProfile.name === 'Readers');
    assert.equal((await bob.conversation(`GROUP${group}`)).unreadCount, 1);
  });

  await step('a conversation is pinned', async () => {
    await bob.chat.pinConversation({ conversationID: 'C2Cfay', isPinned: true });
    const { data } = await bob.chat.getConversationList();
    assert.equal(data.conversationList[0].conversationID, 'C2Cfay');
    assert.equal(data.conversationList[0].isPinned, true);
    later.push(async (again) => assert.equal((await again.conversation('C2Cfay')).isPinned, true));
  });

  await step('a pin is taken off', async () => {
    await bob.chat.pinConversation({ conversationID: 'C2Cgus', isPinned: true });
    await bob.chat.pinConversation({ conversationID: 'C2Cgus', isPinned: false });
    assert.equal((await bob.conversation('C2Cgus')).isPinned, false);
    later.push(async (again) => assert.equal((await again.conversation('C2Cgus')).isPinned, false));
  });

  await step('a conversation is marked read', async () => {
    await bob.chat.setMessageRead({ conversationID: 'C2Civy' });
    assert.equal((await bob.conversation('C2Civy')).unreadCount, 0);
    later.push(async (again) => {
      assert.equal((await again.conversation('C2Civy')).unreadCount, 0);
      assert.equal((await again.conversation('C2Cfay')).unreadCount, 2);
      assert.equal((await again.conversation(`GROUP${group}`)).unreadCount, 1);
    });
  });

  await step('a conversation is deleted', async () => {
    await bob.chat.deleteConversation('C2Chal');
    assert.equal(await bob.conversation('C2Chal'), undefined);
    later.push(async (again) => assert.equal(await again.conversation('C2Chal'), undefined));
  });

  await step('what is not to disturb keeps its setting', async () => {
    await bob.chat.setMessageRemindType({ userIDList: ['gus'], messageRemindType: bob.TYPES.MSG_REMIND_ACPT_NOT_NOTE });
    assert.equal((await bob.conversation('C2Cgus')).messageRemindType, bob.TYPES.MSG_REMIND_ACPT_NOT_NOTE);
    later.push(async (again) => assert.equal((await again.conversation('C2Cgus')).messageRemindType, again.TYPES.MSG_REMIND_ACPT_NOT_NOTE));
  });

  await step('a group that is not to disturb keeps its setting', async () => {
    await bob.chat.setMessageRemindType({ groupID: group, messageRemindType: bob.TYPES.MSG_REMIND_ACPT_NOT_NOTE });
    later.push(async (again) => {
      const { groupList } = (await again.chat.getGroupList()).data;
      assert.equal(groupList.find((one) => one.groupID === group)?.selfInfo.messageRemindType, again.TYPES.MSG_REMIND_ACPT_NOT_NOTE);
    });
  });

  await step('a history is cleared and the conversation stays', async () => {
    await bob.chat.clearHistoryMessage('C2Cgus');
    assert.deepEqual((await bob.history('C2Cgus')).messages, []);
    assert.ok(await bob.conversation('C2Cgus'));
    // The SDK takes nothing for new that is of the second of the clearing.
    await wait(1100);
    await stage.must('openim/sendmsg', { From_Account: 'gus', To_Account: 'bob', MsgRandom: random(), MsgBody: [textElement('anew')] });
    await bob.received((message) => message.payload?.text === 'anew');
    await stage.must('openim/sendmsg', { From_Account: 'gus', To_Account: 'bob', MsgRandom: random(), MsgBody: [textElement('anew 2')] });
    later.push(async (again) => assert.deepEqual((await again.history('C2Cgus')).messages.map((message) => message.payload.text), ['anew', 'anew 2']));
  });

  await step('all of it holds after the next login', async () => {
    await bob.logout();
    const again = await Person.login(stage, 'bob');
    cast.bob = again;
    await again.event('CONVERSATION_LIST_UPDATED', (list) => list.some((one) => one.conversationID === 'C2Cfay'));
    for (const check of later) {
      await eventually('what was set before', async () => {
        await check(again);
        return true;
      });
    }
  });
}
