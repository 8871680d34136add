/** Edits (Levenshtein 1966) between a misspelt name and the right one; a short name is like too many other words. */
function isMisspelt(text: string, other: string): boolean {
  if (other.length <= 5) return text[0] === other[0] && editDistance(text, other) <= 1;
  return editDistance(text, other) <= 2;
}

/**
 * The name that another one is most likely meant to be, or undefined: it differs in case or in a letter or two, it has
 * a word too many or too few, or it begins as the known name does (`ROLLOUT_SHARE` for `ROLLOUT_PERCENT`).
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const text = name.toUpperCase();
  return (
    known.find((other) => isMisspelt(text, other.toUpperCase())) ??
    known.find((other) => sharesWords(text, other.toUpperCase()))
  );
}

function sharesWords(text: string, other: string): boolean {
  const stem = other.slice(0, other.lastIndexOf("_") + 1);
  return text.startsWith(`${other}_`) || other.startsWith(`${text}_`) || (stem !== "" && text.startsWith(stem));
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = (row[j] ?? 0) + (one[i] === other[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
