// Login, readiness, profiles.

import assert from 'node:assert/strict';
import { Person } from '../person.mjs';
import { wait } from '../stage.mjs';

export async function play(step, stage, cast) {
  await step('a wrong UserSig is refused with its code', async () => {
    const stranger = new Person(stage, 'ann');
    const refused = await stranger.chat.login({ userID: 'ann', userSig: stage.sig('bob') }).then(() => undefined, (error) => error);
    assert.equal(refused?.code, 70013);
    await stranger.chat.destroy().catch(() => {});
  });

  await step('a login becomes ready, and no request is made twice', async () => {
    cast.ann = await Person.login(stage, 'ann');
    await wait(1500);
    const asked = cast.ann.wire.sent.map((frame) => frame.head.servcmd).filter((name) => name !== 'heartbeat.alive');
    const twice = asked.filter((name, at) => asked.indexOf(name) !== at);
    assert.deepEqual(twice, []);
    assert.ok(asked.length > 8, asked.join());
    const refused = cast.ann.wire.got.filter((frame) => frame.body.ErrorCode);
    assert.deepEqual(refused, []);
    assert.equal(cast.ann.chat.isReady?.() ?? true, true);
  });

  await step('nothing is unread and no conversation listed at first', async () => {
    const { data } = await cast.ann.chat.getConversationList();
    assert.deepEqual(data.conversationList, []);
    assert.equal(cast.ann.chat.getTotalUnreadMessageCount(), 0);
  });

  await step('others log in beside it', async () => {
    cast.bob = await Person.login(stage, 'bob');
    cast.cat = await stage.terminal('cat');
    cast.cat.tail();
    assert.equal(cast.bob.chat.getLoginUser(), 'bob');
    await stage.must('im_open_login_svc/account_import', { UserID: 'shop', Nick: 'Shop' });
  });

  await step('one\'s own profile is changed, read back, and others read it', async () => {
    const { ann, bob } = cast;
    await ann.chat.updateMyProfile({
      nick: 'Ann 安', avatar: 'https://example.org/ann.png', gender: ann.TYPES.GENDER_FEMALE, selfSignature: 'hello',
      allowType: ann.TYPES.ALLOW_TYPE_ALLOW_ANY,
    });
    const mine = (await ann.chat.getMyProfile()).data;
    assert.deepEqual([mine.userID, mine.nick, mine.avatar, mine.selfSignature], ['ann', 'Ann 安', 'https://example.org/ann.png', 'hello']);
    const { data } = await bob.chat.getUserProfile({ userIDList: ['ann', 'shop'] });
    assert.deepEqual(data.map((profile) => profile.nick).sort(), ['Ann 安', 'Shop']);
    const stored = await stage.must('profile/portrait_get', { To_Account: ['ann'], TagList: ['Tag_Profile_IM_Nick'] });
    assert.equal(stored.UserProfileItem[0].ProfileItem[0].Value, 'Ann 安');
  });

  await step('a profile that the backend changes is told', async () => {
    const { ann } = cast;
    const from = ann.events.length;
    await stage.must('profile/portrait_set', { From_Account: 'ann', ProfileItem: [{ Tag: 'Tag_Profile_IM_SelfSignature', Value: 'by the backend' }] });
    const list = await ann.event('PROFILE_UPDATED', () => true, { from });
    assert.ok(list.some((profile) => profile.userID === 'ann' && profile.selfSignature === 'by the backend'), JSON.stringify(list));
  });
}
