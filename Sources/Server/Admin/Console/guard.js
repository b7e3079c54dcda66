// What IF.guard decided and what was refused, the latest first; posture and alerts.

import { Listbox, announce, clock, find, grouped, make, setText } from "./dom.js";
import { ask } from "./server.js";
import { sentence, toneOf } from "./words.js";

const MAX_SHOWN = 60;

export class GuardPanel {
  /** `onChoose(record, isByKey)` when one is chosen. */
  constructor({ onChoose }) {
    this.list = find("guard-list");
    this.records = new Map();
    this.box = new Listbox(this.list, {
      onChoose: (option, isByKey) => onChoose(this.records.get(option.dataset.key), isByKey),
    });
  }

  clear() {
    this.records.clear();
    this.list.replaceChildren();
  }

  /** Whether it is one of those that stand here. */
  static takes({ event }) {
    return event.startsWith("guard.") || event === "security.rejected";
  }

  add(record) {
    const key = String(record.seq);
    if (this.records.has(key)) return;
    const { value } = record;
    // What the guard has refused is recorded as a decision and as a refusal; here one is enough.
    const matter = `${value.call_id} ${value.details?.rule}`;
    if (value.event === "guard.decision") this.decided = matter;
    else if (value.event === "security.rejected" && value.call_id && this.decided === matter) return;
    this.records.set(key, record);
    const text = value.details?.text ?? "";
    this.list.prepend(
      make(
        `li.decision.${toneOf(value)}`,
        { role: "option", tabindex: -1, "aria-selected": "false", "data-key": key },
        make("span.time", {}, clock(value.time).slice(0, 8)),
        make("span.words", {}, sentence(value).replace(/^guard /, "")),
        make("span.text", {}, text),
      ),
    );
    while (this.list.children.length > MAX_SHOWN) {
      this.records.delete(this.list.lastElementChild.dataset.key);
      this.list.lastElementChild.remove();
    }
    this.box.repair();
    setText(find("guard-count"), `latest ${this.list.children.length}`);
    find("guard-empty").hidden = true;
  }

  select(seq) {
    this.box.select(String(seq));
  }

  async refreshPosture() {
    const { posture } = await ask("/v1/guard/posture");
    const fact = find("fact-posture");
    if (fact.dataset.known && fact.textContent !== posture) announce(`The posture is now ${posture}.`);
    fact.dataset.known = "yes";
    setText(fact, posture);
    fact.dataset.tone = posture === "normal" ? "good" : "wait";
  }

  /** False: this server has none. */
  async refreshAlerts() {
    const fact = find("fact-alerts");
    let alerts;
    try {
      ({ alerts } = await ask("/v1/guard/alerts"));
    } catch (error) {
      if (error.status !== 404) throw error;
      setText(fact, "no alert source");
      fact.dataset.tone = "plain";
      find("alerts").replaceChildren();
      return false;
    }
    const firing = alerts.filter((alert) => alert.status !== "resolved");
    const text = firing.length ? `${grouped(firing.length)} firing` : "none firing";
    if (fact.dataset.known && fact.textContent !== text) announce(`Alerts: ${text}.`);
    fact.dataset.known = "yes";
    setText(fact, text);
    fact.dataset.tone = firing.length ? "bad" : "good";
    find("alerts").replaceChildren(
      ...firing.map((alert) =>
        make("li", {}, make("b", {}, alert.name), make("span", {}, [alert.severity, alert.since && `since ${clock(alert.since).slice(0, 8)}`].filter(Boolean).join(", "))),
      ),
    );
    return true;
  }
}
