// Signed notes, checkpoints and verifier keys (C2SP signed-note, tlog-checkpoint).

import { concat, fromBase64, hex, textOf, utf8 } from "./bytes.js";
import { sha256 } from "./sha256.js";

const ED25519 = 1;

/** `name+id+base64`: who signs, and with what. Throws when it is none. */
export function parseKey(text) {
  const [name, id, ...rest] = text.trim().split("+");
  // The base64 may hold a plus sign itself.
  const bytes = fromBase64(rest.join("+"));
  if (!name || !/^[0-9a-f]{8}$/.test(id ?? "") || !bytes) throw new Error("a key looks like name+1a2b3c4d+BASE64");
  if (bytes[0] !== ED25519 || bytes.length !== 33) throw new Error("this is no Ed25519 key");
  if (id !== hex(keyID(name, bytes))) throw new Error("the key's id does not belong to its name and bytes: a letter is wrong");
  return { text: text.trim(), name, id, bytes: bytes.subarray(1) };
}

const keyID = (name, typed) => sha256(concat(utf8(name), [0x0a], typed)).subarray(0, 4);

/** A checkpoint: `{ origin, size, root, text, signatures }`. Throws when the bytes are none. */
export function parseCheckpoint(bytes) {
  const note = textOf(bytes);
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw new Error("it is no signed note");
  const text = note.slice(0, end + 1);
  const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
    const [, name, blob] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    const decoded = blob && fromBase64(blob);
    if (!decoded || decoded.length < 5) throw new Error("it has a line that is no signature");
    return { name, id: hex(decoded.subarray(0, 4)), bytes: decoded.subarray(4) };
  });
  const [origin, count, rootText] = text.split("\n");
  const root = fromBase64(rootText ?? "");
  const size = Number(count);
  if (!origin || !/^(0|[1-9]\d*)$/.test(count) || !Number.isSafeInteger(size) || root?.length !== 32) {
    throw new Error("it is no checkpoint");
  }
  return { origin, size, root, text, signatures };
}

/** Whether the browser can check a signature: `true` or `false`; null: it cannot say. */
export async function isSignedBy(checkpoint, key) {
  const mine = checkpoint.signatures.filter((each) => each.name === key.name && each.id === key.id);
  if (checkpoint.origin !== key.name || mine.length === 0) return false;
  if (!globalThis.crypto?.subtle) return null;
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    if (error.name === "NotSupportedError") return null;
    return false;
  }
  for (const each of mine) {
    if (await crypto.subtle.verify({ name: "Ed25519" }, imported, each.bytes, utf8(checkpoint.text))) return true;
  }
  return false;
}
