// The server: requests with the token, and streams that come back by themselves.

import { utf8 } from "./bytes.js";

const TOKEN = "ifsip.token";
/** A stream that says nothing for so long is dead: it has a heartbeat every 15 s. */
const SILENCE = 40_000;
const BACK_OFF = [1_000, 2_000, 4_000, 8_000, 15_000];

/** The token of this tab. It is kept in the tab's memory alone and travels in Authorization alone. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (text) => sessionStorage.setItem(TOKEN, text),
  forget: () => sessionStorage.removeItem(TOKEN),
};

/** A refusal. `status` 0: the server was not reached. */
export class Refusal extends Error {
  constructor(status, word, reason) {
    super(reason);
    this.status = status;
    this.word = word;
  }

  /** Whether another token is what is wanted. */
  get wantsToken() {
    return this.status === 401 || (this.status === 403 && this.word === "FORBIDDEN");
  }
}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", credentials: "omit", redirect: "error", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "UNREACHABLE", "the server does not answer");
  }
  if (response.ok) return response;
  const text = await response.text().catch(() => "");
  try {
    const { error, reason } = JSON.parse(text);
    throw new Refusal(response.status, error, reason);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(response.status, "HTTP", text.trim() || `${path} answered ${response.status}`);
  }
}

function authorized(headers = {}) {
  const held = token.get();
  if (!held) throw new Refusal(401, "UNAUTHORIZED", "this needs a token");
  return { ...headers, Authorization: `Bearer ${held}` };
}

/** The JSON that a path under /v1 answers. */
export const ask = async (path) => (await request(path, { headers: authorized() })).json();

/** The bytes that a path under /v1 answers. */
export const askBytes = async (path) =>
  new Uint8Array(await (await request(path, { headers: authorized() })).arrayBuffer());

/** The bytes of a path that everybody may read. */
export const bytesOf = async (path) => new Uint8Array(await (await request(path)).arrayBuffer());

/** `{ isFine, text }` of a page like /healthz. */
export async function condition(path) {
  try {
    const response = await request(path);
    return { isFine: true, text: (await response.text()).trim() };
  } catch (error) {
    return { isFine: false, isReached: error.status !== 0, text: error.message };
  }
}

/**
 * Follows an event stream until `close()` is called, and begins again where it was when it breaks off.
 *
 * `onEvent({ id, event, data })` gets each block, `onState(state, detail)` what becomes of it: `open`; `gone` with
 * `{ reason, seconds }` until the next attempt; `refused` with the Refusal, and then it is over.
 */
export function watch(path, { from, onEvent, onState }) {
  let lastID = from;
  let isClosed = false;
  let controller;
  let hurry = () => {};
  let attempts = 0;

  async function once() {
    controller = new AbortController();
    const headers = authorized({ Accept: "text/event-stream" });
    if (lastID !== undefined) headers["Last-Event-ID"] = String(lastID);
    const response = await request(path, { headers, signal: controller.signal });
    onState("open");
    let watchdog;
    const feed = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => controller.abort(), SILENCE);
    };
    try {
      for await (const block of blocks(response.body, feed)) {
        attempts = 0;
        if (block.id !== undefined) lastID = block.id;
        if (block.data !== undefined && !isClosed) onEvent(block);
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  async function run() {
    while (!isClosed) {
      let reason = "the server ended the stream";
      try {
        await once();
      } catch (error) {
        if (isClosed) return;
        if (error instanceof Refusal && error.status !== 0 && error.status !== 503) {
          onState("refused", error);
          return;
        }
        reason = error instanceof Refusal ? error.message : "the connection broke off";
      }
      if (isClosed) return;
      const delay = BACK_OFF[Math.min(attempts, BACK_OFF.length - 1)];
      attempts += 1;
      onState("gone", { reason, seconds: delay / 1_000 });
      await new Promise((resolve) => {
        hurry = resolve;
        setTimeout(resolve, delay);
      });
    }
  }

  // Not before whoever called has what this returns.
  Promise.resolve().then(run);
  return {
    close() {
      isClosed = true;
      controller?.abort();
      hurry();
    },
    /** Tries at once instead of waiting. */
    retry: () => hurry(),
  };
}

/** The blocks of an event stream (HTML, "Interpreting an event stream"). */
async function* blocks(body, onBytes) {
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest = "";
  let block = {};
  try {
    for (;;) {
      onBytes();
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line === "") {
          yield block;
          block = {};
          continue;
        }
        const colon = line.indexOf(":");
        if (colon <= 0) continue;
        const text = line.slice(colon + 1).replace(/^ /, "");
        const name = line.slice(0, colon);
        if (name === "data") block.data = block.data === undefined ? text : `${block.data}\n${text}`;
        if (name === "id") block.id = Number(text);
        if (name === "event") block.event = text;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** A record as it came: its number, its line to the byte, and what it says. */
export function recordOf(line) {
  const value = JSON.parse(line);
  return { seq: value.seq, line: utf8(line), value };
}
