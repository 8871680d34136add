/**
 * Names of the fields that are meant for the next hop alone: those that `Connection` lists (RFC 9110 §7.6.1). An
 * intermediary removes them before it passes a message on, and a cache does not store them (RFC 9111 §3.1).
 */
export function connectionFields(connection: string | null): ReadonlySet<string> {
  const names = (connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name)));
}
