/**
 * Whether a `Response` with another header can be made of this one. Statuses outside of 200 to 599 cannot be constructed
 * (Fetch standard §5.5, "initialize a response"), and an upgraded connection belongs to the answer that opened it.
 */
export function canCopy({ status }: Response): boolean {
  return status >= 200 && status <= 599;
}
