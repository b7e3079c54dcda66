// The Merkle tree of RFC 9162 §2.1 over tiles in the layout of C2SP tlog-tiles.

import { concat } from "./bytes.js";
import { sha256 } from "./sha256.js";

const HASH = 32;
const TILE = 256;

/** The hash of a leaf: of a zero byte and the record's line without its LF. */
export const leafHash = (line) => sha256(concat([0], line));

const nodeHash = (left, right) => sha256(concat([1], left, right));

/** The largest power of two below n. */
function split(n) {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** A tile's path: `tile/0/x001/234`, a partial one with `.p/WIDTH` behind. */
export function tilePath(level, index, width) {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/\d{3}/g).map((group, i, all) => (i + 1 < all.length ? `x${group}` : group));
  return `tile/${level}/${groups.join("/")}${width === TILE ? "" : `.p/${width}`}`;
}

/** A tree of `size` leaves whose tiles `fetchTile(path)` brings as bytes. It believes nothing: who uses it compares. */
export class Tree {
  constructor(size, fetchTile) {
    this.size = size;
    this.fetchTile = fetchTile;
    this.tiles = new Map();
  }

  /** The root of the first `size` leaves. */
  root(size = this.size) {
    return size === 0 ? sha256(new Uint8Array()) : this.subtree(0, size);
  }

  /** The hash over leaves from `low` up to `high` (RFC 9162 §2.1.1, MTH). */
  async subtree(low, high) {
    const n = high - low;
    const height = Math.log2(n);
    if (Number.isInteger(height) && low % n === 0) return this.node(height, low / n);
    const k = split(n);
    return nodeHash(await this.subtree(low, low + k), await this.subtree(low + k, high));
  }

  /** The path that leads from leaf `index` to the root, lowest hash first (§2.1.3.1, PATH). */
  async inclusionPath(index, low = 0, high = this.size) {
    const n = high - low;
    if (n <= 1) return [];
    const k = split(n);
    if (index - low < k) return [...(await this.inclusionPath(index, low, low + k)), await this.subtree(low + k, high)];
    return [...(await this.inclusionPath(index, low + k, high)), await this.subtree(low, low + k)];
  }

  /** The hash of a complete subtree: 2^height leaves, the index-th of them. */
  async node(height, index) {
    const inTile = height % 8;
    const perTile = 2 ** (8 - inTile);
    const tile = await this.tile(Math.floor(height / 8), Math.floor(index / perTile));
    const count = 2 ** inTile;
    const first = (index % perTile) * count;
    let row = [];
    for (let i = first; i < first + count; i++) row.push(tile.subarray(HASH * i, HASH * (i + 1)));
    while (row.length > 1) row = row.flatMap((hash, i) => (i % 2 ? [] : [nodeHash(hash, row[i + 1])]));
    return row[0];
  }

  async tile(level, index) {
    const width = Math.min(TILE, Math.floor(this.size / TILE ** level) - index * TILE);
    const path = tilePath(level, index, width);
    if (!this.tiles.has(path)) {
      const bytes = await this.fetchTile(path);
      if (bytes.length !== HASH * width) {
        throw new Error(`${path} has ${bytes.length} bytes, not the ${HASH * width} of ${width} hashes`);
      }
      this.tiles.set(path, bytes);
    }
    return this.tiles.get(path);
  }
}

/** The root that a leaf and its path lead to (§2.1.3.2); null when the path has not the length that belongs to it. */
export function rootFromPath(leaf, index, size, path) {
  if (index >= size) return null;
  let [fn, sn, r] = [index, size - 1, leaf];
  for (const p of path) {
    if (sn === 0) return null;
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 ? r : null;
}
