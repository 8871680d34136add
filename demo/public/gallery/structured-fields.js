// Structured field values for HTTP (RFC 9651 §4.2): dictionaries and lists, as `Edge-Imaging` and `Cache-Status` are.

/**
 * @typedef {number | string | boolean | Date | Uint8Array} BareItem  Tokens, strings and display strings are strings.
 * @typedef {{ value: BareItem | Item[], parameters: Map<string, BareItem> }} Item  An array is an inner list.
 */

/**
 * @param {string} text
 * @returns {Map<string, Item>} The later of two members of one name counts. Throws SyntaxError for anything malformed, since a half-read field is not to be trusted.
 */
export function parseDictionary(text) {
  const reader = new Reader(text);
  const members = new Map();
  reader.readMembers(() => {
    const key = reader.readKey();
    const member = reader.take("=")
      ? reader.readItemOrInnerList()
      : { value: true, parameters: reader.readParameters() };
    members.set(key, member);
  });
  return members;
}

/**
 * @param {string} text
 * @returns {Item[]} Throws SyntaxError for anything malformed.
 */
export function parseList(text) {
  const reader = new Reader(text);
  /** @type {Item[]} */
  const items = [];
  reader.readMembers(() => items.push(reader.readItemOrInnerList()));
  return items;
}

class Reader {
  #rest;

  /** @param {string} text */
  constructor(text) {
    this.#rest = text.replace(/^ +| +$/g, "");
  }

  /** @param {() => void} readMember */
  readMembers(readMember) {
    while (this.#rest !== "") {
      readMember();
      this.#match(/^[ \t]*/);
      if (this.#rest === "") return;
      this.#expect(",");
      this.#match(/^[ \t]*/);
      if (this.#rest === "") throw new SyntaxError("a comma at the end");
    }
  }

  readKey() {
    return this.#need(/^[a-z*][a-z0-9_\-.*]*/, "a key");
  }

  /** @returns {Item} */
  readItemOrInnerList() {
    const value = this.take("(") ? this.#readInnerList() : this.#readBareItem();
    return { value, parameters: this.readParameters() };
  }

  readParameters() {
    const parameters = new Map();
    while (this.take(";")) {
      this.#match(/^ */);
      const key = this.readKey();
      const value = this.take("=") ? this.#readBareItem() : true;
      parameters.set(key, value);
    }
    return parameters;
  }

  /** @param {string} character */
  take(character) {
    if (!this.#rest.startsWith(character)) return false;
    this.#rest = this.#rest.slice(character.length);
    return true;
  }

  #readInnerList() {
    /** @type {Item[]} */
    const items = [];
    for (;;) {
      this.#match(/^ */);
      if (this.take(")")) return items;
      items.push({ value: this.#readBareItem(), parameters: this.readParameters() });
      if (!/^[ )]/.test(this.#rest)) throw new SyntaxError("an inner list without an end");
    }
  }

  /** @returns {BareItem} */
  #readBareItem() {
    const first = this.#rest[0] ?? "";
    if (/[-0-9]/.test(first)) return this.#readNumber();
    if (first === '"')
      return this.#need(/^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/, "a string")
        .slice(1, -1)
        .replace(/\\(.)/g, "$1");
    if (/[A-Za-z*]/.test(first)) return this.#need(/^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/, "a token");
    if (first === ":") {
      const base64 = this.#need(/^:[A-Za-z0-9+/=]*:/, "bytes").slice(1, -1);
      return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    }
    if (first === "?") return this.#need(/^\?[01]/, "a boolean") === "?1";
    if (this.take("@")) {
      const seconds = this.#readNumber();
      if (!Number.isInteger(seconds)) throw new SyntaxError("a date in parts of a second");
      return new Date(seconds * 1000);
    }
    if (this.take("%")) {
      const escaped = this.#need(/^"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"/, "a display string").slice(1, -1);
      try {
        return decodeURIComponent(escaped);
      } catch {
        throw new SyntaxError("a display string that is not UTF-8");
      }
    }
    throw new SyntaxError(`an item cannot start with "${first}"`);
  }

  #readNumber() {
    const text = this.#need(/^-?[0-9]+(?:\.[0-9]*)?/, "a number");
    // §4.2.4: fifteen digits, or twelve with up to three after the point.
    if (!/^-?(?:[0-9]{1,15}|[0-9]{1,12}\.[0-9]{1,3})$/.test(text))
      throw new SyntaxError(`"${text}" has too many digits`);
    return Number(text);
  }

  /** @param {string} character */
  #expect(character) {
    if (!this.take(character)) throw new SyntaxError(`"${character}" expected before "${this.#rest}"`);
  }

  /** @param {RegExp} pattern @param {string} what */
  #need(pattern, what) {
    const found = this.#match(pattern);
    if (found === undefined) throw new SyntaxError(`${what} expected before "${this.#rest}"`);
    return found;
  }

  /** @param {RegExp} pattern Anchored at the start. */
  #match(pattern) {
    const found = pattern.exec(this.#rest)?.[0];
    if (found !== undefined) this.#rest = this.#rest.slice(found.length);
    return found;
  }
}
