/**
 * Structured fields as RFC 9651 §4.2 parses them, as far as the tests read them: dictionaries, lists, inner lists,
 * integers, decimals, strings, tokens, booleans and parameters. Strict: what the RFC calls a parse failure throws.
 */
export type Bare = string | number | boolean;
export interface Item {
  readonly value: Bare;
  readonly parameters: ReadonlyMap<string, Bare>;
}
export interface InnerList {
  readonly items: readonly Item[];
  readonly parameters: ReadonlyMap<string, Bare>;
}
export type ListMember = Item | InnerList;

class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  fail(expected: string): never {
    throw new Error(`structured field: expected ${expected} at ${this.at} of ${JSON.stringify(this.text)}`);
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  skip(pattern: RegExp): void {
    this.take(pattern);
  }

  /** Takes what a sticky pattern matches here. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  key(): string {
    return this.take(/[a-z*][a-z0-9_\-.*]*/y) ?? this.fail("a key");
  }

  bare(): Bare {
    const boolean = this.take(/\?[01]/y);
    if (boolean !== undefined) return boolean === "?1";
    const number = this.take(/-?(?:\d{1,12}\.\d{1,3}|\d{1,15})(?![\d.])/y);
    if (number !== undefined) return Number(number);
    const string = this.take(/"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y);
    if (string !== undefined) return string.slice(1, -1).replaceAll(/\\(.)/g, "$1");
    return this.take(/[A-Za-z*][!#$%&'*+\-.^_`|~\w:/]*/y) ?? this.fail("a bare item");
  }

  parameters(): Map<string, Bare> {
    const found = new Map<string, Bare>();
    while (this.take(/;/y) !== undefined) {
      this.skip(/ */y);
      const key = this.key();
      found.set(key, this.take(/=/y) === undefined ? true : this.bare());
    }
    return found;
  }

  item(): Item {
    return { value: this.bare(), parameters: this.parameters() };
  }

  member(): ListMember {
    if (this.take(/\(/y) === undefined) return this.item();
    const items: Item[] = [];
    for (;;) {
      this.skip(/ */y);
      if (this.take(/\)/y) !== undefined) return { items, parameters: this.parameters() };
      items.push(this.item());
      if (this.take(/(?=[ )])/y) === undefined) this.fail("a space or )");
    }
  }

  /** To the next member; false at the end. A comma at the end is a failure. */
  next(): boolean {
    this.skip(/[ \t]*/y);
    if (this.done) return false;
    if (this.take(/,[ \t]*/y) === undefined) this.fail("a comma");
    if (this.done) this.fail("a member after the comma");
    return true;
  }
}

/** RFC 9651 §4.2.2. An empty text is an empty dictionary. */
export function parseDictionary(text: string): Map<string, ListMember> {
  const reader = new Reader(text.trim());
  const members = new Map<string, ListMember>();
  if (reader.done) return members;
  do {
    const key = reader.key();
    members.set(
      key,
      reader.take(/=/y) === undefined ? { value: true, parameters: reader.parameters() } : reader.member(),
    );
  } while (reader.next());
  return members;
}

/** RFC 9651 §4.2.1. An empty text is an empty list. */
export function parseList(text: string): ListMember[] {
  const reader = new Reader(text.trim());
  const members: ListMember[] = [];
  if (reader.done) return members;
  do members.push(reader.member());
  while (reader.next());
  return members;
}
