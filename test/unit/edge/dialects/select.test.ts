import { describe, expect, it } from "vitest";
import { selectParameters } from "../../../../src/edge/dialects/dialect.ts";
import type { DialectId } from "../../../../src/edge/dialects/parsed-url.ts";
import { read } from "./reading.ts";

function select(path: string, names: readonly string[], dialect: "auto" | DialectId = "auto") {
  const whole = read(path, dialect);
  return selectParameters(whole, new URL(path, "https://images.test"), new Set(names));
}

describe("selectParameters()", () => {
  it.each<[path: string, names: string[], kept: string]>([
    ["/a.jpg?w=1&x=2&h=3", ["w", "h"], "/a.jpg?w=1&h=3"],
    ["/a.jpg?x=2", ["w"], "/a.jpg"],
    ["/a.jpg?w=1&w=2&W=3&%77=4&w", ["w"], "/a.jpg?w=1&w=2&W=3&%77=4&w"],
    ["/a.jpg?ww=1&w1=2&=3&&", ["w"], "/a.jpg"],
    ["/a.jpg?w=1", [], "/a.jpg"],
    ["/a.jpg?utm_source=x&w=1", ["w"], "/a.jpg?w=1"],
    ["/a.jpg", ["w"], "/a.jpg"],
    ["/is/image/Shop/shoe?WID=400&fake=1&$zoom$", ["wid"], "/is/image/Shop/shoe?WID=400"],
    ["/is/image/Shop/shoe?fake=1&$zoom$", ["$zoom$"], "/is/image/Shop/shoe?$zoom$"],
    // A nested request is one parameter.
    ["/is/image/Shop/shoe?src=is(other?wid=9&hei=9)&fake=1", ["src"], "/is/image/Shop/shoe?src=is(other?wid=9&hei=9)"],
    ["/shoe.jpg?ixlib=js-3&w=400&auto=format&fake=1", ["w", "auto"], "/shoe.jpg?w=400&auto=format"],
  ])("of %s, with %j, leaves %s", (path, names, kept) => {
    const { sourcePath, keyPath } = select(path, names);
    expect([sourcePath, keyPath]).toEqual([kept, kept]);
  });

  it("reads nothing of what it drops, since the key would not cover it", () => {
    expect(select("/is/image/Shop/shoe?wid=400&qlt=50&fmt=tif", ["wid"])).toMatchObject({
      width: 400,
      quality: undefined,
      requestedFormat: undefined,
    });
  });

  it("still reads what is meant for this Worker alone", () => {
    expect(select("/a.jpg?fake=1&imaging=off", [])).toMatchObject({ optedOut: true, sourcePath: "/a.jpg" });
    expect(select("/is/image/Shop/shoe?fake=1&bfc=off&cache=update", [])).toMatchObject({
      optedOut: true,
      refresh: true,
      sourcePath: "/is/image/Shop/shoe",
    });
    // These two belong to the origin.
    expect(select("/is/image/Shop/shoe?cache=off&imaging=1", []).sourcePath).toBe("/is/image/Shop/shoe");
  });

  it("keeps the grammar that the whole URL has", () => {
    expect(select("/shoe.jpg?auto=format&w=400", ["w"])).toMatchObject({ dialect: "imgix", width: 400 });
  });

  it("leaves a URL alone that is no request for a picture", () => {
    const path = "/is/image/Shop/shoe?req=imageprops&wid=1";
    expect(select(path, ["wid"])).toMatchObject({ isImageRequest: false, sourcePath: path, keyPath: path });
  });
});
