// One record: what it holds, and the proof that it is in the log.

import { announce, find, grouped, make, setText } from "./dom.js";
import { textOf } from "./bytes.js";
import { verify } from "./proof.js";
import { sentence, isMessage, labelOf } from "./words.js";

const ORDER = ["time", "event", "method", "status", "component", "peer", "details", "call_id", "trace_id", "hash", "prev_hash"];

export class RecordPanel {
  /** `onLadder(record)` when its ladder is wanted, `onLeave()` for Escape. */
  constructor({ onLadder, onLeave }) {
    this.panel = find("record");
    find("verify").addEventListener("click", () => this.verify());
    find("record-ladder").addEventListener("click", () => onLadder(this.record));
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      onLeave();
    });
  }

  /** Shows a record. `isLadderShown`: its ladder is on the page already. */
  show(record, isLadderShown) {
    if (this.record?.seq !== record.seq) {
      find("proof").hidden = true;
      this.run = null;
    }
    this.record = record;
    find("record-empty").hidden = true;
    find("record-body").hidden = false;
    const { value } = record;
    setText(find("record-count"), `${grouped(record.seq)}, ${isMessage(value) ? labelOf(value) : sentence(value)}`);
    find("record-ladder").hidden = isLadderShown || !value.trace_id;
    const keys = [...ORDER.filter((key) => key in value), ...Object.keys(value).filter((key) => !ORDER.includes(key) && key !== "seq")];
    find("record-fields").replaceChildren(...keys.flatMap((key) => fields(key, value[key])));
    find("record-line").textContent = record.line ? textOf(record.line) : JSON.stringify(value);
  }

  focus() {
    find("verify").focus();
  }

  async verify() {
    const { record } = this;
    const run = {};
    this.run = run;
    const verdict = find("verdict");
    const steps = find("steps");
    find("proof").hidden = false;
    steps.replaceChildren();
    verdict.className = "open";
    verdict.textContent = "Verifying…";
    const result = await verify(record.seq, record.line, (step) => {
      if (this.run !== run) return;
      steps.append(make(`li.${step.state}`, {}, make("b", {}, step.name), make("span", {}, step.text)));
    });
    if (this.run !== run) return;
    verdict.className = result.isGood ? "good" : "bad";
    verdict.textContent = result.text;
    announce(result.text);
  }
}

/** A member as rows of a description list; nested ones with a dot between. */
function fields(name, value) {
  if (Array.isArray(value)) {
    return value.flatMap((each, i) => fields(value.length > 1 ? `${name} ${i + 1}` : name, each));
  }
  if (value !== null && typeof value === "object") {
    if (name === "peer" || "address" in value) {
      return row(name, [value.address, value.transport, value.tls].filter(Boolean).join(" "));
    }
    return Object.entries(value).flatMap(([key, each]) => fields(name === "details" ? key : `${name}.${key}`, each));
  }
  return row(name, String(value));
}

const row = (name, text) => [make("dt", {}, name), make("dd", {}, text)];
