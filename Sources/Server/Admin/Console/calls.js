// The list of calls: those that are, and those that this page has seen end.

import { Listbox, announce, bare, duration, find, make, reconcile, setText } from "./dom.js";
import { ask } from "./server.js";

/** Calls that are drawn, the newest of those that the server lists. */
const MAX_SHOWN = 200;
const LISTED = 1_000;
const MAX_ENDED = 20;

export class Calls {
  /** `onChoose(call, isByKey)` when one is chosen. */
  constructor({ onChoose }) {
    this.list = find("calls-list");
    this.live = new Map();
    this.ended = [];
    this.isFirst = true;
    this.box = new Listbox(this.list, {
      onChoose: (option, isByKey) => {
        const call = this.live.get(option.dataset.key) ?? this.ended.find((each) => each.id === option.dataset.key);
        if (call) onChoose(call, isByKey);
      },
    });
    setInterval(() => this.tick(), 1_000);
  }

  /** Asks the server for its calls. */
  async refresh() {
    const answer = await ask(`/v1/calls?limit=${LISTED}`);
    const now = Date.now();
    const before = this.live;
    this.live = new Map(answer.calls.map((call) => [call.id, { ...call, since: now - call.seconds * 1_000 }]));
    this.isMore = Boolean(answer.next_cursor);
    // Of a list that was cut off nobody knows what has ended.
    if (!this.isMore) for (const [id, call] of before) if (!this.live.has(id)) this.end(call);
    if (!this.isFirst) {
      const fresh = [...this.live.values()].filter((call) => !before.has(call.id));
      if (fresh.length === 1) announce(`New call from ${bare(fresh[0].from)} to ${bare(fresh[0].to)}.`);
      else if (fresh.length) announce(`${fresh.length} new calls.`);
    }
    this.isFirst = false;
    this.draw();
  }

  end(call) {
    announce(`The call from ${bare(call.from)} ended.`);
    this.ended.unshift({ ...call, state: "ended", until: Date.now() });
    this.ended.length = Math.min(this.ended.length, MAX_ENDED);
  }

  select(trace) {
    this.chosen = trace;
    this.draw();
  }

  draw() {
    const live = [...this.live.values()].reverse();
    const shown = [...live.slice(0, MAX_SHOWN), ...this.ended];
    reconcile(this.list, shown, (call) => call.id, create, (element, call) => this.update(element, call));
    this.box.repair();
    const count = this.isMore ? `more than ${LISTED}` : String(live.length);
    const hint = live.length > MAX_SHOWN ? `, the newest ${MAX_SHOWN} shown` : "";
    setText(find("calls-count"), `${count} active${hint}`);
    find("calls-empty").hidden = shown.length > 0;
  }

  update(element, call) {
    element.dataset.state = call.state;
    element.setAttribute("aria-selected", String(call.trace_id === this.chosen));
    const [from, to, time, state] = element.querySelectorAll("[data-part]");
    setText(from, bare(call.from) || "unknown");
    setText(to, bare(call.to) || "unknown");
    setText(time, duration(((call.until ?? Date.now()) - call.since) / 1_000));
    setText(state, call.state);
    element.title = call.user ? `user ${call.user}` : "no user";
    const told = `${call.state}, from ${bare(call.from)} to ${bare(call.to)}`;
    if (element.getAttribute("aria-label") !== told) element.setAttribute("aria-label", told);
  }

  tick() {
    if (document.hidden) return;
    for (const element of this.list.children) {
      const call = this.live.get(element.dataset.key);
      if (call) setText(element.querySelector(".time"), duration((Date.now() - call.since) / 1_000));
    }
  }
}

function create() {
  return make(
    "li.call",
    { role: "option", tabindex: -1, "aria-selected": "false" },
    make("span.dot"),
    make("span.from", { "data-part": true }),
    make("span.to", { "data-part": true }),
    make("span.time", { "data-part": true }),
    make("span.state", { "data-part": true }),
  );
}
