// Runs steps, a line each, and counts them.

import { strayFaults } from './person.mjs';

const STEP_LIMIT_MS = 20_000;

/** The SDK's own errors have a code and a message; their stack says nothing. */
function describe(error) {
  if (error?.code && error.code !== 'ERR_ASSERTION') return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
}

export class Steps {
  constructor(limitMs) {
    this.passed = 0;
    this.failed = 0;
    this.began = Date.now();
    this.step = this.step.bind(this);
    setTimeout(() => {
      console.log(`FAILED  the play is not over after ${limitMs / 1000} s`);
      process.exit(1);
    }, limitMs).unref();
  }

  async step(fact, work) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${STEP_LIMIT_MS / 1000} s`)), STEP_LIMIT_MS);
    });
    try {
      await Promise.race([work(), late]);
      const stray = strayFaults.splice(0);
      if (stray.length) throw stray[0];
      this.passed += 1;
      console.log(`ok      ${fact}`);
    } catch (error) {
      this.fail(fact, describe(error));
    } finally {
      clearTimeout(timer);
    }
  }

  fail(fact, why) {
    this.failed += 1;
    console.log(`FAILED  ${fact}\n        ${why.split('\n').slice(0, 12).join('\n        ')}`);
  }

  /** Says how it went and ends the program. */
  end() {
    console.log(`${this.passed} steps passed, ${this.failed} failed, ${((Date.now() - this.began) / 1000).toFixed(1)} s`);
    process.exit(this.failed === 0 && this.passed > 0 ? 0 : 1);
  }
}
