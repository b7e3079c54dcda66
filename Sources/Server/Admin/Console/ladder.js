// The ladder of one trace: a column for each party, an arrow for each message, time downwards.

import { Listbox, clock, counted, find, grouped, make, setText } from "./dom.js";
import { forwarded, isMessage, labelOf, partyOf, sentence, toneOf } from "./words.js";

/** Parties beside the proxy that have a column; messages of others are told in words. */
const MAX_PARTIES = 12;
/** Rows that are drawn; a call with more is for `witness show`. */
export const MAX_ROWS = 2_000;
const PROXY = 1;

export class Ladder {
  /** `onChoose(record, isByKey)` when a row is chosen, `onLeave()` for Escape, `onLoad(from, to, marker)` for a gap. */
  constructor({ onChoose, onLeave, onLoad }) {
    this.list = find("ladder-list");
    this.heads = find("ladder-heads");
    this.drawing = find("ladder-drawing");
    this.scroll = find("ladder-scroll");
    this.onLoad = onLoad;
    const choose = (option, isByKey) => {
      const record = this.records.get(option.dataset.key);
      if (record) onChoose(record, isByKey);
    };
    this.box = new Listbox(this.list, { onChoose: choose, onMove: (option) => choose(option, false), onLeave });
    this.clear();
  }

  /** Begins anew. `caller` and `callee` are the names of the call's ends, where they are known. */
  clear([caller, callee] = []) {
    this.parties = [];
    this.ends = { caller, callee };
    this.names = new Map();
    this.isCut = false;
    this.records = new Map();
    this.list.replaceChildren();
    this.drawHeads();
    this.count();
    find("ladder-empty").hidden = false;
    this.drawing.hidden = true;
  }

  /** Who calls is where the first INVITE came from, who is called where it is answered from. */
  meet({ event, method, status, details, peer }) {
    const party = partyOf(peer);
    if (method !== "INVITE" || details?.direction === "out") return;
    if (event === "sip.request") this.ends.callerAt ??= party;
    else if (status >= 200 && status < 300) this.ends.calleeAt = party;
    else if (status > 100 && status < 200) this.ends.calleeAt ??= party;
    else return;
    const { caller, callee, callerAt, calleeAt } = this.ends;
    this.names = new Map([[calleeAt, callee], [callerAt, caller]]);
    this.drawHeads();
  }

  /** Adds a record at its end, or before a marker. Known ones are passed over. */
  add(record, before = null) {
    const key = String(record.seq);
    if (this.records.has(key)) return;
    find("ladder-empty").hidden = true;
    this.drawing.hidden = false;
    if (this.records.size >= MAX_ROWS) {
      this.isCut = true;
      return this.count();
    }
    const isAtEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 60;
    this.records.set(key, record);
    const row = isMessage(record.value) ? this.message(record.value) : this.note(record.value);
    row.dataset.key = key;
    this.list.insertBefore(row, before);
    this.box.repair();
    this.count();
    // Who reads further up is left in peace.
    if (isAtEnd && !before && !this.list.contains(document.activeElement)) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  /** Marks records that were not looked at. */
  skip(from, to) {
    find("ladder-empty").hidden = true;
    this.drawing.hidden = false;
    const marker = make("li.gap", { role: "none" }, `${grouped(to - from)} records were not searched. `);
    const button = make("button", { type: "button", click: () => this.onLoad(from, to, marker) }, "Search them");
    marker.append(button);
    this.list.append(marker);
  }

  select(seq) {
    this.box.select(String(seq));
  }

  count() {
    const n = this.records.size;
    setText(find("ladder-count"), n ? `${this.isCut ? "the first " : ""}${counted(n, "record")}` : "");
  }

  /** The column of a party: the first stands left of the proxy, the others right of it. Null: there is no room. */
  column(party) {
    let index = this.parties.indexOf(party);
    if (index < 0) {
      if (this.parties.length >= MAX_PARTIES) return null;
      index = this.parties.push(party) - 1;
      this.drawHeads();
    }
    return index === 0 ? 0 : index + 1;
  }

  message(record) {
    this.meet(record);
    const near = this.column(partyOf(record.peer));
    const isOut = record.details?.direction === "out";
    const label = labelOf(record);
    const others = forwarded(record);
    const told = `${label} ${isOut ? "to" : "from"} ${partyOf(record.peer)}${others.length ? `, on to ${others.join(" and ")}` : ""}`;
    if (near === null) return this.row(record, "note", told, make("span.words", {}, told));
    const arrows = [isOut ? [PROXY, near] : [near, PROXY]];
    for (const other of others) {
      const far = this.column(other);
      if (far !== null) arrows.push([PROXY, far]);
    }
    return this.row(record, `message.${record.event.split(".")[1]}`, told, ...this.lines(arrows, label));
  }

  /** Arrows that do not share a place stand in one line. */
  lines(arrows, label) {
    const lines = [];
    let taken = [];
    for (const [from, to] of arrows) {
      const [low, high] = [Math.min(from, to), Math.max(from, to)];
      if (!lines.length || taken.some(([a, b]) => low < b && a < high)) {
        lines.push(make("span.line"));
        taken = [];
      }
      taken.push([low, high]);
      const arrow = make(`span.arrow.${from < to ? "right" : "left"}`, {}, make("span.label", {}, label));
      arrow.style.setProperty("--from", low);
      arrow.style.setProperty("--over", high - low);
      lines.at(-1).append(arrow);
    }
    return lines;
  }

  note(record) {
    const words = sentence(record);
    return this.row(record, "note", words, make("span.words", {}, words));
  }

  row(record, kind, told, ...content) {
    const time = clock(record.time);
    return make(
      `li.row.${kind}.${toneOf(record)}`,
      { role: "option", tabindex: -1, "aria-selected": "false", "aria-label": `${time.slice(0, 8)}: ${told}` },
      make("span.time", {}, make("span.hours", {}, time.slice(0, 3)), time.slice(3)),
      make("span.lanes", {}, ...content),
    );
  }

  drawHeads() {
    const columns = [this.parties[0], null, ...this.parties.slice(1)];
    this.drawing.style.setProperty("--lanes", Math.max(columns.length, 2));
    this.heads.replaceChildren(
      ...columns.map((party) => {
        if (party === undefined) return make("li");
        if (party === null) return make("li.proxy", {}, make("b", {}, "proxy"), make("span", {}, "this server"));
        const name = this.names.get(party);
        return make("li", { title: party }, make("b", {}, name ?? party.split(" ")[0]), make("span", {}, name ? party : party.split(" ")[1] ?? ""));
      }),
    );
  }
}
