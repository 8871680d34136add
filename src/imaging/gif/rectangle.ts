/** Pixels from (`left`, `top`) to before (`right`, `bottom`); empty when a side is not positive. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const emptyRectangle: Rectangle = { left: 0, top: 0, right: 0, bottom: 0 };

export function isEmpty({ left, top, right, bottom }: Rectangle): boolean {
  return right <= left || bottom <= top;
}

export function areaOf(rectangle: Rectangle): number {
  return isEmpty(rectangle) ? 0 : (rectangle.right - rectangle.left) * (rectangle.bottom - rectangle.top);
}

/** What lies in both. */
export function intersect(a: Rectangle, b: Rectangle): Rectangle {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
}

/** The smallest rectangle around both. */
export function enclose(a: Rectangle, b: Rectangle): Rectangle {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** Whether `inner` leaves `outer` nowhere. */
export function contains(outer: Rectangle, inner: Rectangle): boolean {
  return areaOf(intersect(outer, inner)) === areaOf(inner);
}
