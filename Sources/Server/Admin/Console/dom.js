// Elements, lists that keys move in, and words for times.

/** An element: its tag and classes (`li.row.new`), attributes or listeners, and children. */
export function make(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const find = (id) => document.getElementById(id);

/** Sets a text where it differs, so that nothing is read out again that has not changed. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A list that is one stop of the Tab key: arrows, Home, End and Page keys move, Enter and Space choose, Escape leaves.
 * Options are the descendants with role option; each has a `data-key`.
 */
export class Listbox {
  constructor(root, { onChoose, onMove, onLeave }) {
    this.root = root;
    this.onChoose = onChoose;
    root.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const options = this.options;
      const at = options.indexOf(document.activeElement);
      if (at < 0) return;
      const page = Math.max(1, Math.floor(root.clientHeight / (options[at].offsetHeight || 24)) - 1);
      const to = {
        ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: options.length - 1, PageDown: at + page, PageUp: at - page,
      }[event.key];
      if (to !== undefined) {
        const target = options[Math.max(0, Math.min(options.length - 1, to))];
        this.focus(target);
        onMove?.(target);
      } else if (event.key === "Enter" || event.key === " ") {
        onChoose(options[at], true);
      } else if (event.key === "Escape" && onLeave) {
        onLeave();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
    root.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option || !root.contains(option)) return;
      this.focus(option);
      onChoose(option, false);
    });
    root.addEventListener("focusin", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.stopAt(option);
    });
  }

  get options() {
    return [...this.root.querySelectorAll("[role=option]")];
  }

  focus(option) {
    this.stopAt(option);
    option.focus({ preventScroll: true });
    option.scrollIntoView({ block: "nearest" });
  }

  /** Focuses where Tab would lead. False: the list is empty. */
  enter() {
    const option = this.root.querySelector("[role=option][tabindex='0']") ?? this.options[0];
    if (option) this.focus(option);
    return Boolean(option);
  }

  /** The option that Tab leads to; one there always is, as long as the list is not empty. */
  stopAt(option) {
    for (const other of this.root.querySelectorAll("[role=option][tabindex='0']")) other.tabIndex = -1;
    if (option) option.tabIndex = 0;
  }

  repair() {
    if (!this.root.querySelector("[role=option][tabindex='0']")) this.stopAt(this.options[0]);
  }

  /** Marks one as chosen; none: null. */
  select(key) {
    for (const option of this.options) option.setAttribute("aria-selected", String(option.dataset.key === key));
  }
}

/** Makes the children of `root` those of `items`, in order: `create(item)` once for a key, `update(element, item)` always. */
export function reconcile(root, items, keyOf, create, update) {
  const old = new Map([...root.children].map((child) => [child.dataset.key, child]));
  let place = root.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = old.get(key);
    old.delete(key);
    if (!element) {
      element = create(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else root.insertBefore(element, place);
  }
  for (const element of old.values()) {
    // Whoever stands on what goes away is not thrown to the top of the page.
    if (element === document.activeElement) {
      (element.nextElementSibling ?? element.previousElementSibling)?.focus({ preventScroll: true });
    }
    element.remove();
  }
}

/** 65 → "1:05". */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The time of day of an RFC 3339 text, to the millisecond, as the record has it: UTC. */
export const clock = (time) => time.slice(11, 23);

/** `sip:alice@if.internal` → `alice@if.internal`. */
export const bare = (uri) => (uri ?? "").replace(/^sips?:/, "");

/** 12345 → "12 345", with thin spaces. */
export const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u2009");

/** 1 → "1 record", 2 → "2 records". */
export const counted = (number, word) => `${grouped(number)} ${word}${number === 1 ? "" : "s"}`;

const news = { last: "", timer: 0 };

/** Says something to who cannot see it, without interrupting. */
export function announce(text) {
  news.last = news.last ? `${news.last} ${text}` : text;
  clearTimeout(news.timer);
  news.timer = setTimeout(() => {
    find("news").textContent = news.last.slice(-300);
    news.last = "";
  }, 400);
}
