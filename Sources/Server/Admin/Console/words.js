// What records say, in words.

import { duration } from "./dom.js";

/** `address transport` of a peer; null: there is none. */
export const partyOf = (peer) => (peer?.address ? `${peer.address} ${peer.transport ?? ""}`.trim() : null);

/** The peers a record was forwarded to. */
export function forwarded(record) {
  const to = record.details?.forwarded_to;
  return (Array.isArray(to) ? to : [to]).map(partyOf).filter(Boolean);
}

export const isMessage = (record) =>
  (record.event === "sip.request" || record.event === "sip.response" || record.event.startsWith("h323.")) && partyOf(record.peer) !== null;

/** What a record of H.323 is about that does not name its message. */
const H323 = { "h323.setup": "Setup", "h323.connect": "Connect", "h323.release": "ReleaseComplete" };

/** `INVITE` or `200 INVITE`; of H.323 `Setup`, and `ReleaseComplete 17` where there is a cause. */
export function labelOf({ event, method = H323[event] ?? "?", status, details }) {
  if (status) return `${status} ${method}`;
  return details?.cause === undefined || !event.startsWith("h323.") ? method : `${method} ${details.cause}`;
}

/** `good`, `bad`, `wait` or `plain`. */
export function toneOf(record) {
  const { event, status, details = {} } = record;
  if (event === "sip.response") {
    if (status < 200) return "wait";
    if (status < 300) return "good";
    // A challenge is a question, no failure.
    return status < 400 || status === 401 || status === 407 ? "wait" : "bad";
  }
  if (event === "h323.connect") return "good";
  if (event === "h323.release") return details.cause === 16 || details.cause === undefined ? "plain" : "bad";
  if (event === "h323.ras") return details.result === "rejected" ? "bad" : "plain";
  if (event === "call.connected" || event === "council.joined") return "good";
  if (event === "call.rejected" || event === "security.rejected") return "bad";
  if (event === "guard.decision") return details.decision === "allowed" ? "good" : "bad";
  if (event === "guard.alert") return details.status === "resolved" ? "good" : "bad";
  if (event === "guard.posture") return details.to === "normal" ? "good" : "wait";
  return "plain";
}

/** What a record that is no message says, in a few words. */
export function sentence(record) {
  const { event, status, details = {} } = record;
  const more = (...parts) => parts.filter(Boolean).join(" \u00b7 ");
  switch (event) {
    case "call.ringing": return "ringing";
    case "call.connected": return `connected ${took(details.setup_ms)}`.trim();
    case "call.terminated": return more(`ended ${lasted(details.duration_ms)}`.trim(), details.reason, by(details.by));
    case "call.rejected": return more(`not connected: ${status}`, details.reason, by(details.by));
    case "guard.decision": return more(`guard ${details.decision}`, details.rule);
    case "guard.posture": return more(`posture ${details.from} \u2192 ${details.to}`, by(details.by), details.reason);
    case "council.started": return more("room begins", details.room);
    case "council.joined": return more("in the room", details.party ?? details.name);
    case "council.left": return more("left the room", details.party ?? details.name);
    case "council.ended": return more(`room over ${lasted(details.duration_ms)}`.trim(), details.room);
    case "security.rejected":
      return details.count ? more(`refused ${details.count} more`, details.rule) : more("refused", details.rule);
    default: return more(event, ...Object.entries(details).filter(([, v]) => typeof v !== "object").map(([k, v]) => `${k} ${v}`));
  }
}

const took = (ms) => (ms === undefined ? "" : `after ${ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`}`);
const lasted = (ms) => (ms === undefined ? "" : `after ${duration(ms / 1_000)}`);
const by = (who) => (who ? `by ${who}` : "");
