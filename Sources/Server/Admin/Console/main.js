// The console: what is where, and who tells whom.

import { Calls } from "./calls.js";
import { CouncilPanel } from "./council.js";
import { announce, bare, find, grouped, setText } from "./dom.js";
import { GuardPanel } from "./guard.js";
import { Ladder } from "./ladder.js";
import { LogPanel } from "./log.js";
import { RecordPanel } from "./record.js";
import { Refusal, ask, condition, recordOf, token, watch } from "./server.js";
import { isMessage, sentence } from "./words.js";

/** Events that are told of all calls; messages are told of the one whose ladder is shown. */
const NEWS = "call,guard,security,config,process,witness,user,council";
/** Records that are looked through for the latest decisions, when the page is opened. */
const RECENT = 5_000;

let shown = null; // { trace, stream }
let news = null;

const panel = new RecordPanel({
  onLadder: (record) => openTrace(record.value.trace_id, { since: record.value.time }).then(() => choose(record)),
  onLeave: () => ladder.box.enter() || calls.box.enter(),
});
const ladder = new Ladder({
  onChoose: (record, isByKey) => {
    choose(record);
    if (isByKey) panel.focus();
  },
  onLeave: () => calls.box.enter(),
  onLoad: loadSkipped,
});
const calls = new Calls({
  onChoose: async (call, isByKey) => {
    await openCall(call);
    if (isByKey) ladder.box.enter();
  },
});
const guard = new GuardPanel({
  onChoose: (record, isByKey) => {
    choose(record);
    if (isByKey) panel.focus();
  },
});
const council = new CouncilPanel({
  onChoose: async (room) => {
    if (!room.trace_id) return;
    await openTrace(room.trace_id, { since: room.started, title: room.id });
    ladder.box.enter();
  },
});
const log = new LogPanel();

function choose(record) {
  panel.show(record, shown?.trace === record.value.trace_id);
  ladder.select(record.seq);
  guard.select(record.seq);
}

// MARK: One call

async function openCall(call) {
  const title = `${bare(call.from)} \u2192 ${bare(call.to)}`;
  await openTrace(call.trace_id, { since: call.started, title, ends: [bare(call.from), bare(call.to)] });
}

async function openTrace(trace, { since = "1970-01-01T00:00:00Z", title = trace, ends = [] } = {}) {
  if (shown?.trace === trace) return;
  shown?.stream.close();
  ladder.clear(ends);
  setText(find("ladder-call"), title);
  setText(find("ladder-empty"), "Looking for its records…");
  calls.select(trace);
  const parameters = new URLSearchParams({ trace_id: trace, since });
  let isLive = false;
  const mine = { trace };
  shown = mine;
  const first = new Promise((resolve) => {
    mine.stream = watch(`/v1/events?${parameters}`, {
      onEvent: ({ event, data }) => {
        if (shown !== mine) return;
        if (event === "record") {
          const record = recordOf(data);
          ladder.add(record);
          if (isLive && !isMessage(record.value)) announce(`${sentence(record.value)}.`);
        } else if (event === "skipped") {
          const { from, to } = JSON.parse(data);
          ladder.skip(from, to);
        } else if (event === "live") {
          isLive = true;
          setText(find("ladder-empty"), "There is no record of this trace yet.");
          resolve();
        }
      },
      onState: (state, detail) => {
        if (shown !== mine) return;
        if (state === "refused") {
          setText(find("ladder-empty"), `The records cannot be shown: ${detail.message}.`);
          if (detail.wantsToken) refuse(detail);
          resolve();
        }
      },
    });
  });
  await first;
}

/** Searches records that the stream has left out, page by page, and puts them where they belong. */
async function loadSkipped(from, to, marker) {
  const mine = shown;
  let cursor = from;
  try {
    while (cursor < to && shown === mine) {
      setText(marker, `Searching from record ${grouped(cursor)}…`);
      const page = await ask(`/v1/witness/records?trace_id=${encodeURIComponent(mine.trace)}&cursor=${cursor}&limit=1000`);
      for (const value of page.records) if (value.seq < to) ladder.add({ seq: value.seq, line: null, value }, marker);
      cursor = page.next_cursor === undefined ? to : Number(page.next_cursor);
    }
    marker.remove();
  } catch (error) {
    setText(marker, `Records ${grouped(cursor)} to ${grouped(to)} were not searched: ${error.message}.`);
  }
}

find("trace-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  await openTrace(find("trace-input").value.trim());
  ladder.box.enter();
});

// MARK: News

function tell(record, isLive) {
  const { value } = record;
  if (GuardPanel.takes(value)) {
    guard.add(record);
    if (isLive && value.event === "guard.posture") soon(() => guard.refreshPosture());
    if (isLive && value.event === "guard.alert") soon(() => guard.refreshAlerts());
  }
  if (isLive && value.event.startsWith("call.")) callsSoon();
  if (isLive && value.event.startsWith("council.")) roomsSoon();
}

let roomsTimer = 0;
/** The same of rooms. */
function roomsSoon() {
  if (roomsTimer) return;
  roomsTimer = setTimeout(() => {
    roomsTimer = 0;
    soon(rooms);
  }, 500);
}

let callsTimer = 0;
/** Calls changed: they are asked for, but no more than twice a second. */
function callsSoon() {
  if (callsTimer) return;
  callsTimer = setTimeout(() => {
    callsTimer = 0;
    soon(() => calls.refresh());
  }, 500);
}

async function follow() {
  const head = await log.refresh();
  let isLive = false;
  news?.close();
  news = watch(`/v1/events?event=${NEWS}`, {
    from: head?.size ? Math.max(0, head.size - RECENT) : undefined,
    onEvent: ({ event, data }) => {
      if (event === "record") tell(recordOf(data), isLive);
      if (event === "live") {
        isLive = true;
        soon(() => calls.refresh());
      }
    },
    onState: (state, detail) => {
      const fact = find("fact-stream");
      if (state === "open") {
        setText(fact, "live");
        fact.dataset.tone = "good";
        notice(null);
      } else if (state === "gone") {
        setText(fact, `back in ${detail.seconds} s`);
        fact.dataset.tone = "bad";
        notice(`Not connected: ${detail.reason}. What you see may be old. The next attempt is in ${detail.seconds} s.`, "Try now", () => news.retry());
      } else if (detail.wantsToken) {
        refuse(detail);
      } else {
        setText(fact, detail.status === 404 ? "nothing is recorded" : "refused");
        fact.dataset.tone = "bad";
        if (detail.status !== 404) notice(`The stream was refused: ${detail.message}.`, "Try again", start);
      }
    },
  });
}

// MARK: What is asked for now and then

/** Does something that asks the server; a refusal goes where all go. */
async function soon(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.wantsToken) refuse(error);
    return undefined;
  }
}

async function health() {
  const [alive, ready] = [await condition("/healthz"), await condition("/readyz")];
  const fact = find("fact-health");
  const text = alive.isFine ? (ready.isFine ? "ok" : ready.text) : alive.text;
  if (fact.dataset.known && fact.textContent !== text) announce(`Health: ${text}.`);
  fact.dataset.known = "yes";
  setText(fact, text);
  fact.dataset.tone = alive.isFine && ready.isFine ? "good" : "bad";
}

function every(seconds, work) {
  setInterval(() => {
    if (!document.hidden) work();
  }, seconds * 1_000);
}

const whenIn = (work) => () => {
  if (isIn) soon(work);
};

let hasAlerts = true;
async function alerts() {
  hasAlerts = (await guard.refreshAlerts()) ?? hasAlerts;
}

let hasCouncil = true;
async function rooms() {
  if (hasCouncil) hasCouncil = (await council.refresh()) ?? hasCouncil;
}

every(5, health);
every(3, whenIn(() => log.refresh()));
every(5, whenIn(() => calls.refresh()));
every(5, whenIn(rooms));
every(15, whenIn(() => guard.refreshPosture()));
every(15, whenIn(() => (hasAlerts ? alerts() : undefined)));

// MARK: The token

let isIn = false;

async function start() {
  notice(null);
  isIn = true;
  guard.clear();
  await Promise.all([
    soon(() => guard.refreshPosture()), soon(alerts), soon(() => log.refreshKey()), soon(() => calls.refresh()),
    soon(rooms),
  ]);
  if (isIn) await follow();
}

function stop() {
  isIn = false;
  news?.close();
  shown?.stream.close();
  shown = null;
  for (const id of ["fact-posture", "fact-alerts", "fact-stream"]) {
    setText(find(id), "needs a token");
    find(id).dataset.tone = "plain";
  }
}

/** The token is not, or no longer, good enough. */
function refuse(refusal) {
  if (!isIn) return;
  stop();
  token.forget();
  const why = refusal.status === 403 ? `This token may not look: ${refusal.message}.` : `The token was refused: ${refusal.message}.`;
  askForToken(why);
}

const dialog = find("token-dialog");

function askForToken(why) {
  setText(find("token-why"), why);
  setText(find("token-wrong"), "");
  find("token-forget").hidden = !token.get();
  find("token-input").value = "";
  if (!dialog.open) dialog.showModal();
  find("token-input").focus();
}

find("token-open").addEventListener("click", () =>
  askForToken(token.get() ? "One is in use. Another takes its place." : "Calls, records and decisions are shown to those who have one."),
);
find("token-cancel").addEventListener("click", () => dialog.close());
find("token-forget").addEventListener("click", () => {
  token.forget();
  stop();
  dialog.close();
});
dialog.addEventListener("close", () => {
  if (!isIn) notice("Without a token only the health of the server is shown.", "Paste a token", () => askForToken("Calls, records and decisions are shown to those who have one."));
});
find("token-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const before = token.get();
  token.set(find("token-input").value.trim());
  try {
    await ask("/v1/guard/posture");
  } catch (error) {
    if (before) token.set(before);
    else token.forget();
    setText(find("token-wrong"), advice(error));
    find("token-input").select();
    return;
  }
  stop();
  await Promise.all([start(), dialog.close()]);
});

/** What went wrong with a token, and what to do. */
function advice(error) {
  if (error.status === 0) return "The server does not answer. Is it running?";
  if (error.status === 403) return `${capital(error.message)}.`;
  if (error.status === 401) return `${capital(error.message)}. Was all of it copied?`;
  return `It could not be checked: ${error.message}.`;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function notice(text, label, action) {
  const box = find("notice");
  box.hidden = !text;
  if (!text) return;
  setText(find("notice-text"), text);
  const button = find("notice-action");
  setText(button, label);
  button.onclick = action;
}

// MARK: Begin

setText(find("host"), location.host);
document.title = `${location.host} \u2013 ifsip-proxy`;
health();
log.refresh();
if (token.get()) start();
else {
  stop();
  askForToken("Calls, records and decisions are shown to those who have one.");
}
