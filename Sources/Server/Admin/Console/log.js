// The log as a whole: checkpoint, key, signature.

import { base64, hex } from "./bytes.js";
import { counted, find, grouped, make, setText } from "./dom.js";
import { checkpoint, forgetGrowth, judgeSignature, pinKey, pinnedKey, serverKey, unpinKey } from "./proof.js";

export class LogPanel {
  constructor() {
    find("key-pin").addEventListener("click", () => {
      pinKey(this.offered.text);
      this.draw();
    });
    find("key-unpin").addEventListener("click", () => {
      unpinKey();
      this.draw();
    });
    find("growth-forget").addEventListener("click", () => {
      forgetGrowth();
      setText(find("key-wrong"), "Forgotten. The next proof begins anew.");
    });
    find("key-form").addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        pinKey(find("key-input").value);
        find("key-input").value = "";
        setText(find("key-wrong"), "");
        find("key-other").open = false;
        this.draw();
      } catch (error) {
        setText(find("key-wrong"), `Not pinned: ${error.message}.`);
      }
    });
  }

  async refreshKey() {
    try {
      this.offered = await serverKey();
    } catch (error) {
      this.offered = null;
      if (error.status !== 404) throw error;
    }
    await this.draw();
  }

  /** Asks for the checkpoint; null: there is none. */
  async refresh() {
    const fact = find("fact-log");
    try {
      const head = await checkpoint();
      if (this.head?.size !== head.size) this.grown = Date.now();
      this.head = head;
      setText(fact, counted(head.size, "record"));
      fact.dataset.tone = "good";
    } catch (error) {
      this.head = null;
      setText(fact, error.status === 404 ? "nothing is recorded" : error.message);
      fact.dataset.tone = error.status === 404 ? "plain" : "bad";
    }
    await this.draw();
    return this.head;
  }

  async draw() {
    const { head, offered } = this;
    const pinned = pinnedKey();
    const key = pinned ?? offered;
    const rows = [];
    const add = (name, text) => rows.push(make("dt", {}, name), make("dd", {}, text));
    if (head) {
      add("origin", head.origin);
      add("records", grouped(head.size));
      add("root", hex(head.root));
      if (head.signatures.length > 1) add("signatures", String(head.signatures.length));
    }
    if (key) add(pinned ? "pinned key" : "key", key.text);
    const fields = find("log-fields");
    const text = rows.map((row) => row.textContent).join("\n");
    if (this.drawn !== text) fields.replaceChildren(...rows);
    this.drawn = text;
    find("key-pin").hidden = !offered || pinned?.text === offered.text;
    setText(find("key-pin"), pinned ? "Pin the server\u2019s key instead" : "Pin this key");
    find("key-unpin").hidden = !pinned;
    const signature = find("log-signature");
    if (!head) {
      setText(signature, "There is no checkpoint.");
      signature.className = "open";
      return;
    }
    // Once for each checkpoint and key.
    const asked = `${base64(head.root)} ${head.size} ${key?.text}`;
    if (this.asked === asked) return;
    this.asked = asked;
    const verdict = await judgeSignature(head, offered);
    setText(signature, verdict.text);
    signature.className = verdict.state;
    if (verdict.state === "bad") find("fact-log").dataset.tone = "bad";
  }
}
