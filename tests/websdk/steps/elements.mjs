// One of every message type: as the SDK makes them, and as a backend does (those that a browser would have to upload).

import assert from 'node:assert/strict';

/** What the SDK can make in Node, by name: which `create…Message`, its payload, further options. */
export function payloads(person) {
  const earlier = person.chat.createTextMessage({ to: 'bob', conversationType: person.TYPES.CONV_C2C, payload: { text: 'kept' } });
  Object.assign(earlier, { status: 'success', time: Math.floor(Date.now() / 1000) });
  return {
    text: { kind: 'Text', payload: { text: 'Grüße, 世界 👨‍👩‍👧 "quoted" \\ <b>' }, extra: { cloudCustomData: '{"k":"v"}' } },
    custom: { kind: 'Custom', payload: { data: '{"order":7}', description: 'an order', extension: 'shop' } },
    face: { kind: 'Face', payload: { index: 1, data: 'tt00' } },
    location: { kind: 'Location', payload: { description: 'Harbour', longitude: 113.941079, latitude: 22.546103 } },
    'merged list': {
      kind: 'Merger',
      payload: { messageList: [earlier], title: 'Talk of two', abstractList: ['ann: kept'], compatibleText: 'please update' },
    },
  };
}

/** What a backend sends, by name: the element, the SDK's type, and what its payload must say. */
export function bodies(person) {
  const url = (name) => `https://files.example.org/${name}`;
  const { TYPES } = person;
  return {
    picture: {
      element: {
        MsgType: 'TIMImageElem',
        MsgContent: {
          UUID: 'u-1', ImageFormat: 1,
          ImageInfoArray: [1, 2, 3].map((Type) => ({ Type, Size: 1853095 / Type, Width: 2448 / Type, Height: 3264 / Type, URL: url(`p${Type}.jpg`) })).map((i) => ({ ...i, Size: Math.floor(i.Size) })),
        },
      },
      type: TYPES.MSG_IMAGE,
      check: (payload) => {
        assert.equal(payload.imageInfoArray.length, 3);
        assert.equal(payload.imageInfoArray[0].imageUrl ?? payload.imageInfoArray[0].url, url('p1.jpg'));
        assert.equal(payload.imageInfoArray[0].width, 2448);
      },
    },
    sound: {
      element: { MsgType: 'TIMSoundElem', MsgContent: { Url: url('s.m4a'), UUID: 'u-2', Size: 62351, Second: 3, Download_Flag: 2 } },
      type: TYPES.MSG_AUDIO,
      check: (payload) => assert.deepEqual([payload.url, payload.second, payload.size], [url('s.m4a'), 3, 62351]),
    },
    file: {
      element: { MsgType: 'TIMFileElem', MsgContent: { Url: url('f.pdf'), UUID: 'u-3', FileSize: 1773552, FileName: 'plan ü.pdf', Download_Flag: 2 } },
      type: TYPES.MSG_FILE,
      check: (payload) => assert.deepEqual([payload.fileUrl, payload.fileName, payload.fileSize], [url('f.pdf'), 'plan ü.pdf', 1773552]),
    },
    video: {
      element: {
        MsgType: 'TIMVideoFileElem',
        MsgContent: {
          VideoUrl: url('v.mp4'), VideoUUID: 'u-4', VideoSize: 1194603, VideoSecond: 5, VideoFormat: 'mp4', VideoDownloadFlag: 2,
          ThumbUrl: url('t.jpg'), ThumbUUID: 'u-5', ThumbSize: 13907, ThumbWidth: 720, ThumbHeight: 1280, ThumbFormat: 'JPG', ThumbDownloadFlag: 2,
        },
      },
      type: TYPES.MSG_VIDEO,
      check: (payload) => {
        assert.deepEqual([payload.videoUrl, payload.videoSecond, payload.videoSize], [url('v.mp4'), 5, 1194603]);
        assert.equal(payload.thumbUrl ?? payload.snapshotUrl, url('t.jpg'));
      },
    },
    text: {
      element: { MsgType: 'TIMTextElem', MsgContent: { Text: 'your parcel' } },
      type: TYPES.MSG_TEXT,
      check: (payload) => assert.equal(payload.text, 'your parcel'),
    },
    custom: {
      element: { MsgType: 'TIMCustomElem', MsgContent: { Data: 'd', Desc: 'e', Ext: 'x', Sound: 's' } },
      type: TYPES.MSG_CUSTOM,
      check: (payload) => assert.deepEqual([payload.data, payload.description, payload.extension], ['d', 'e', 'x']),
    },
    face: {
      element: { MsgType: 'TIMFaceElem', MsgContent: { Index: 2, Data: 'tt02' } },
      type: TYPES.MSG_FACE,
      check: (payload) => assert.deepEqual([payload.index, payload.data], [2, 'tt02']),
    },
    location: {
      element: { MsgType: 'TIMLocationElem', MsgContent: { Desc: 'Pier', Latitude: 29.340656774469956, Longitude: 116.77497920478824 } },
      type: TYPES.MSG_LOCATION,
      check: (payload) => assert.deepEqual([payload.description, payload.latitude], ['Pier', 29.340656774469956]),
    },
    'merged list': {
      element: {
        MsgType: 'TIMRelayElem',
        MsgContent: {
          Title: 'Talk', MsgNum: 1, CompatibleText: 'update', AbstractList: ['a: hi'],
          MsgList: [{ From_Account: 'ann', To_Account: 'bob', MsgSeq: 1, MsgRandom: 2, MsgTimeStamp: 1600000000, MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: 'hi' } }] }],
        },
      },
      type: TYPES.MSG_MERGER,
      check: (payload) => assert.deepEqual([payload.title, payload.abstractList, payload.messageList.length], ['Talk', ['a: hi'], 1]),
    },
  };
}

/** Whether a received payload is what was sent. The IDs inside a merged list are the SDK's own reckoning. */
export function same(got, sent) {
  const plain = (payload) => ({
    ...payload,
    ...(payload.messageList && { messageList: payload.messageList.map((m) => [m.from, m.time, m.messageBody ?? m.payload]) }),
  });
  assert.deepEqual(JSON.parse(JSON.stringify(plain(got))), JSON.parse(JSON.stringify(plain(sent))));
}

export const random = () => Math.floor(Math.random() * 0x7fffffff);

export const textElement = (value) => ({ MsgType: 'TIMTextElem', MsgContent: { Text: value } });
