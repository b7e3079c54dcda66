// Whether the log is what it says: checkpoint, signature, inclusion of a record, growth. All of it is computed here; the
// server brings bytes, and nothing that it says of them is believed.

import { canonical, equal, fromBase64, hex, base64, textOf, utf8 } from "./bytes.js";
import { counted, grouped } from "./dom.js";
import { Tree, leafHash, rootFromPath } from "./merkle.js";
import { isSignedBy, parseCheckpoint, parseKey } from "./note.js";
import { ask, askBytes, bytesOf } from "./server.js";
import { sha256 } from "./sha256.js";

const PINNED = "ifsip.pinned-key";
const SEEN = "ifsip.seen";

/** The key that the person at this browser trusts; null: none yet. */
export function pinnedKey() {
  try {
    return parseKey(localStorage.getItem(PINNED) ?? "");
  } catch {
    return null;
  }
}

/** Trusts a key from now on. Throws when the text is none. */
export function pinKey(text) {
  localStorage.setItem(PINNED, parseKey(text).text);
}

export const unpinKey = () => localStorage.removeItem(PINNED);

/** The key that the server names. */
export const serverKey = async () => parseKey((await ask("/v1/witness/key")).key);

/** The checkpoint of now. */
export const checkpoint = async () => parseCheckpoint(await bytesOf("/checkpoint"));

/**
 * What the signature is worth: `{ state, text }`, state `good`, `bad` or `open` (nobody can say).
 */
export async function judgeSignature(head, offered) {
  const pinned = pinnedKey();
  const key = pinned ?? offered;
  if (!key) return { state: "open", text: "Not checked: no key is pinned and the server names none." };
  const isSigned = await isSignedBy(head, key);
  if (isSigned === null) {
    return { state: "open", text: "Not checked: this browser has no Ed25519 here. Everything else was." };
  }
  const name = `${key.name}+${key.id}`;
  if (!isSigned && pinned) {
    return { state: "bad", text: `Not signed by the pinned key ${name}. Ask who runs the log whether its key was changed.` };
  }
  if (!isSigned) return { state: "bad", text: `Not signed by ${name}, the key that the server itself names.` };
  if (pinned) return { state: "good", text: `Signed by the pinned key ${name}.` };
  return {
    state: "good",
    text: `Signed by ${name}, which the server names. Compare it with a copy from elsewhere, then pin it.`,
  };
}

/** The earlier checkpoint that this browser has found in order; null: none of this log. */
function remembered(head) {
  try {
    const seen = JSON.parse(localStorage.getItem(SEEN) ?? "{}")[head.origin];
    return seen ? { size: seen.size, root: fromBase64(seen.root), time: seen.time } : null;
  } catch {
    return null;
  }
}

function remember(head) {
  localStorage.setItem(
    SEEN,
    JSON.stringify({ [head.origin]: { size: head.size, root: base64(head.root), time: new Date().toISOString() } }),
  );
}

export const forgetGrowth = () => localStorage.removeItem(SEEN);

/**
 * Verifies that a record is in the log. `seen` is its line as it came when it happened, if it did. `onStep(step)` gets
 * `{ name, state, text }` as each is done, state `good`, `bad` or `open`. Returns the verdict `{ isGood, text }`.
 */
export async function verify(seq, seen, onStep) {
  let isGood = true;
  const step = (name, state, text) => {
    if (state === "bad") isGood = false;
    onStep({ name, state, text });
  };
  try {
    const line = await askBytes(`/v1/witness/records/${seq}`);
    step("Record", ...judgeLine(line, seq, seen));
    const head = await headThatCounts(seq);
    const tree = new Tree(head.size, (path) => bytesOf(`/${path}`));
    step("Checkpoint", "good", `${head.origin}: ${counted(head.size, "record")}, root ${short(head.root)}`);
    const signature = await judgeSignature(head, await serverKey().catch(() => null));
    step("Signature", signature.state, signature.text);
    const leaf = leafHash(line);
    const path = await tree.inclusionPath(seq);
    step("Leaf", "good", `SHA-256(0x00 \u2016 ${grouped(line.length)} bytes) = ${short(leaf)}`);
    const root = rootFromPath(leaf, seq, head.size, path);
    if (root && equal(root, head.root)) {
      const hashes = path.length === 1 ? "1 hash" : `${path.length} hashes`;
      step("Path", "good", `By ${hashes} of ${counted(tree.tiles.size, "tile")} it leads to the signed root.`);
    } else {
      step("Path", "bad", `It leads to ${root ? short(root) : "nothing"}, not to the signed root.`);
    }
    step("Growth", ...(await judgeGrowth(head, tree)));
    if (!isGood) return { isGood, text: `Record ${seq} is not proven. Run ifsip-proxy witness verify to find the place.` };
    remember(head);
    if (signature.state === "open") {
      return { isGood, text: `Record ${seq} is in the tree of ${grouped(head.size)}; who signed it was not checked.` };
    }
    return { isGood, text: `Record ${seq} is in the log of ${counted(head.size, "record")} that ${head.origin} signed.` };
  } catch (error) {
    step("Stopped", "bad", `${error.message}.`);
    return { isGood: false, text: `Record ${seq} is not proven.` };
  }
}

const short = (hash) => `${hex(hash).slice(0, 16)}\u2026`;

/** Whether a line is a record of that number, whole, and the one that was seen. */
function judgeLine(line, seq, seen) {
  let value;
  try {
    value = JSON.parse(textOf(line));
  } catch {
    return ["bad", "The line is no JSON: it was altered."];
  }
  if (!equal(utf8(canonical(value)), line)) return ["bad", "The line is not in its canonical form: it was altered."];
  if (value.seq !== seq) return ["bad", `The line says it is record ${value.seq}: records are missing or were moved.`];
  const { hash, ...rest } = value;
  if (hex(sha256(utf8(canonical(rest)))) !== hash) return ["bad", "Its hash is another one than it says: it was altered."];
  if (seen && !equal(seen, line)) return ["bad", "It is not the line that this page was told when it happened."];
  return ["good", `${grouped(line.length)} bytes, canonical, hash ${hash.slice(0, 16)}\u2026`];
}

/** A checkpoint that counts the record: it is signed a moment after the record is written. */
async function headThatCounts(seq) {
  for (let attempt = 0; ; attempt++) {
    const head = await checkpoint();
    if (head.size > seq) return head;
    if (attempt === 4) throw new Error(`the checkpoint counts ${head.size} records, not yet this one: try again`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Whether the tree still begins with what was found in order before. */
async function judgeGrowth(head, tree) {
  const before = remembered(head);
  if (!before) return ["open", "Nothing to compare with yet: this checkpoint is kept for the next time."];
  const when = `${counted(before.size, "record")} of ${before.time.slice(0, 16).replace("T", " ")}`;
  if (before.size > head.size) return ["bad", `The log is shorter than the ${when}: its end was cut off.`];
  if (equal(await tree.root(before.size), before.root)) return ["good", `It still begins with the ${when}.`];
  return ["bad", `It does not begin with the ${when} any more: this is another log, or it was altered.`];
}
