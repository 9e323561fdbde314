// A person who uses the product's Web SDK: a client of its own, the events it raised, and the frames on its wire.

import { require, eventually } from './stage.mjs';

const WebSocket = require('ws');
const wires = [];
const names = new Map();

/** The transport that the SDK finds: every frame is noted, none is changed. */
class Wire extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols ?? []);
    this.sent = [];
    this.got = [];
    this.user = undefined;
    wires.push(this);
    this.on('message', (data) => this.note('got', data));
  }

  send(data, ...rest) {
    this.note('sent', data);
    return super.send(data, ...rest);
  }

  note(list, data) {
    const frame = JSON.parse(Buffer.from(data).toString());
    // After a login the SDK names itself by its number alone, on a new link too.
    this.user ??= frame.head.identifier || names.get(frame.head.tinyid);
    if (frame.body?.TinyId && this.user) names.set(frame.body.TinyId, this.user);
    this[list].push(frame);
    if (process.env.WEBSDK_FRAMES) {
      const text = JSON.stringify(frame.body).slice(0, Number(process.env.WEBSDK_FRAMES));
      console.log(`    ${this.user} ${list === 'sent' ? '>' : '<'} ${frame.head.servcmd} ${text}`);
    }
  }
}

globalThis.WebSocket = Wire;

// The SDK reports faults of its own making without an owner; they must not end the play, and must be seen.
export const strayFaults = [];
process.on('unhandledRejection', (reason) => strayFaults.push(reason));
process.on('uncaughtException', (error) => strayFaults.push(error));

/** Takes back faults that a step caused on purpose. */
export function expectStrayFault(like) {
  const others = strayFaults.filter((fault) => !like(fault));
  strayFaults.splice(0, strayFaults.length, ...others);
}

/** A fresh copy of the package: one copy keeps one client per application. */
function freshPackage() {
  for (const name of Object.keys(require.cache)) {
    if (name.includes('@tencentcloud')) delete require.cache[name];
  }
  const TencentCloudChat = require('@tencentcloud/chat');
  return TencentCloudChat.default ?? TencentCloudChat;
}

/** The SDK refuses calls that follow each other too fast (2996), before it asks the server; a person would try again. */
function patient(chat) {
  const again = async (call, left) => {
    try {
      return await call();
    } catch (error) {
      if (error?.code !== 2996 || left === 0) throw error;
      await new Promise((done) => setTimeout(done, 500));
      return again(call, left - 1);
    }
  };
  return new Proxy(chat, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...given) => {
        const answer = value.apply(target, given);
        if (typeof answer?.then !== 'function') return answer;
        let first = answer;
        return again(() => {
          const now = first ?? value.apply(target, given);
          first = undefined;
          return now;
        }, 20);
      };
    },
  });
}

export class Person {
  constructor(stage, user) {
    const kit = freshPackage();
    Object.assign(this, { stage, user, kit, TYPES: kit.TYPES, EVENT: kit.EVENT, events: [] });
    this.chat = patient(kit.create({ SDKAppID: stage.ready.sdkappid, proxyServer: `ws://${stage.ready.address}` }));
    this.chat.setLogLevel(4);
    for (const name of new Set(Object.values(kit.EVENT))) {
      this.chat.on(name, ({ data }) => {
        this.events.push({ name, data });
        if (process.env.WEBSDK_EVENTS) console.log(`    ${user} ! ${name} ${JSON.stringify(data)?.slice(0, Number(process.env.WEBSDK_EVENTS))}`);
      });
    }
  }

  /** Logs in and waits until the SDK is ready. */
  static async login(stage, user) {
    const person = new Person(stage, user);
    await person.login();
    return person;
  }

  async login(userSig = this.stage.sig(this.user)) {
    const from = this.events.length;
    await this.chat.login({ userID: this.user, userSig });
    await this.event('SDK_READY', () => true, { from });
  }

  /** The open wire, newest first. */
  get wire() {
    return wires.findLast((wire) => wire.user === this.user);
  }

  /** Waits for an event, one that came already included (from the mark on). */
  async event(kind, like = () => true, { from = 0, limitMs = 5000 } = {}) {
    const name = this.EVENT[kind];
    if (!name) throw new Error(`the SDK has no event ${kind}`);
    const found = await eventually(`${kind} at ${this.user}`, () => this.events.slice(from).find((e) => e.name === name && like(e.data)), limitMs);
    return found.data;
  }

  /** A message that the SDK raised. */
  async received(like, options) {
    const data = await this.event('MESSAGE_RECEIVED', (list) => list.some(like), options);
    return data.find(like);
  }

  /** Sends what one of the SDK's `create…Message` makes; the message as the SDK has it then. */
  async send(kind, target, payload, extra = {}, options) {
    const message = this.chat[`create${kind}Message`]({ ...this.to(target), payload, ...extra });
    const { code, data } = await this.chat.sendMessage(message, options);
    if (code !== 0) throw new Error(`sendMessage: ${code}`);
    return data.message;
  }

  to(target) {
    return target.group
      ? { to: target.group, conversationType: this.TYPES.CONV_GROUP }
      : { to: target.user, conversationType: this.TYPES.CONV_C2C };
  }

  async conversation(id) {
    const { data } = await this.chat.getConversationList();
    return data.conversationList.find((conversation) => conversation.conversationID === id);
  }

  /** All messages of a conversation, the oldest first, page by page. */
  async history(conversationID) {
    const pages = [];
    let nextReqMessageID;
    for (;;) {
      const { data } = await this.chat.getMessageList({ conversationID, nextReqMessageID });
      pages.unshift(data.messageList);
      if (data.isCompleted || pages.length > 50) return { messages: pages.flat(), pages: pages.length };
      nextReqMessageID = data.nextReqMessageID;
    }
  }

  async logout() {
    await this.chat.logout();
  }
}
