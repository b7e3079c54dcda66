// The rooms of the council and who is in them.

import { announce, clock, counted, duration, find, make, reconcile, setText } from "./dom.js";
import { ask } from "./server.js";

/** Rooms that are drawn with those who are in them. */
const MAX_SHOWN = 12;

export class CouncilPanel {
  /** `onChoose(room)` when its ladder is wanted. */
  constructor({ onChoose }) {
    this.box = find("council");
    this.list = find("rooms-list");
    this.onChoose = onChoose;
    this.known = new Map();
    this.isFirst = true;
  }

  /** Asks the server; false: it has no council. */
  async refresh() {
    let rooms;
    try {
      ({ rooms } = await ask(`/v1/council/rooms?limit=${MAX_SHOWN}`));
      rooms = await Promise.all(rooms.map((room) => this.whole(room)));
    } catch (error) {
      if (error.status !== 404) throw error;
      this.box.hidden = true;
      return false;
    }
    this.box.hidden = false;
    this.tell(rooms);
    reconcile(this.list, rooms, (room) => room.id, (room) => this.create(room), update);
    const people = rooms.reduce((sum, room) => sum + room.count, 0);
    setText(find("rooms-count"), rooms.length ? `${counted(rooms.length, "room")}, ${counted(people, "participant")}` : "no rooms now");
    return true;
  }

  /** A room that ends while it is asked for is shown as the list had it. */
  async whole(room) {
    try {
      return await ask(`/v1/council/rooms/${encodeURIComponent(room.id)}`);
    } catch (error) {
      if (error.status !== 404) throw error;
      return { ...room, participants: [] };
    }
  }

  /** Says who has come and gone to who cannot see it. */
  tell(rooms) {
    const now = new Map(rooms.flatMap((room) => room.participants.map((one) => [`${room.id} ${one.number}`, nameOf(one)])));
    if (!this.isFirst) {
      for (const [key, name] of now) if (!this.known.has(key)) announce(`${name} is in ${key.split(" ")[0]}.`);
      for (const [key, name] of this.known) if (!now.has(key)) announce(`${name} has left ${key.split(" ")[0]}.`);
    }
    this.isFirst = false;
    this.known = now;
  }

  create(room) {
    const open = make("button", { type: "button", click: () => this.onChoose(room) }, room.id);
    return make("li.room", {}, make("p", {}, open, make("span.count")), make("ul", { "aria-label": `In ${room.id}` }));
  }
}

const nameOf = (one) => one.guardian?.replace("if://guardian/", "") ?? one.name;

function update(element, room) {
  setText(element.querySelector(".count"), `${room.count} of ${room.capacity}, ${duration(room.seconds)}`);
  element.querySelector("button").title = `since ${clock(room.started).slice(0, 8)}; show its ladder`;
  reconcile(element.querySelector("ul"), room.participants, (one) => String(one.number), createSeat, updateSeat);
}

function createSeat() {
  return make("li.seat", {}, make("span.dot"), make("span.name"), make("span.state"));
}

function updateSeat(element, one) {
  element.dataset.state = one.speaking && !one.muted ? "speaking" : one.state;
  setText(element.querySelector(".name"), nameOf(one));
  const words = [one.state === "connected" ? null : one.state, one.muted && "muted", one.speaking && !one.muted && "speaks", one.codec, one.kind];
  setText(element.querySelector(".state"), words.filter(Boolean).join(" \u00b7 "));
  element.title = [one.address, `${one.packets} packets`, one.lost ? `${one.lost} lost` : null].filter(Boolean).join(", ");
}
