import { assert, constantFrom, integer, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { listClasses } from "../../../../src/edge/negotiate/client-class.ts";
import { chooseAnswer } from "../../../../src/edge/plan/choose.ts";
import type { VariantState } from "../../../../src/edge/plan/known-source.ts";
import { reasons } from "../../../../src/edge/reasons.ts";
import { type Target, targets, universalTargets } from "../../../../src/edge/targets.ts";
import {
  animatedGif,
  avif,
  cmykJpeg,
  configOf,
  gif,
  jpeg,
  jpegFacts,
  losslessWebp,
  png,
  recompressible,
  tiff,
  webp,
} from "../../samples.ts";
import { failed, formatsOf, hour, know, made, now } from "./known.ts";

const allTargets = Object.keys(targets) as Target[];

describe("chooseAnswer()", () => {
  it("never serves what it must not, and always the smallest of what it may", () => {
    const state = option(
      record({
        state: constantFrom("made" as const, "pending" as const, "failed" as const, "refused" as const),
        bytes: integer({ min: 0, max: 1100 }),
        attempts: integer({ min: 0, max: 4 }),
        at: constantFrom(now - 1, now, now + 1, now + hour),
      }).map(({ state: kind, bytes, attempts, at }): VariantState => {
        if (kind === "made") return made(bytes);
        if (kind === "refused") return { state: "refused" };
        return kind === "pending" ? { state: "pending", until: at, attempts } : failed(attempts, at);
      }),
      { nil: undefined },
    );
    const states = record(Object.fromEntries(allTargets.map((target) => [target, state])));
    const setting = record({
      FORMATS: constantFrom("avif", "webp", "avif,webp", "jxl,jp2,jxr", ""),
      PNG_MODE: constantFrom("lossless", "lossy"),
      MIN_SAVING_PERCENT: integer({ min: 0, max: 100 }).map(String),
      MODE: constantFrom("on", "shadow"),
    });
    const client = constantFrom(...listClasses().filter(({ network }) => network === "fast"));
    const source = constantFrom(
      jpeg,
      recompressible,
      cmykJpeg,
      png,
      tiff,
      { ...tiff, alpha: true },
      gif,
      animatedGif,
      { ...jpeg, jpeg: { ...jpegFacts, quality: 30 } },
      { ...jpeg, orientation: 3 as const },
      webp,
      losslessWebp,
      avif,
      { ...avif, alpha: true },
    );
    assert(
      property(
        states,
        setting,
        client,
        source,
        integer({ min: 1, max: 1000 }),
        (found, env, clientClass, facts, sourceBytes) => {
          const variants: Partial<Record<Target, VariantState>> = Object.fromEntries(
            Object.entries(found).filter(([, each]) => each !== undefined),
          );
          const known = know(variants, env, facts, sourceBytes);
          const choice = chooseAnswer(known, clientClass, configOf(env));
          const { plan } = known;
          const isUniversal = (target: Target): boolean => universalTargets.some((each) => each === target);
          const isExempt =
            ["tiff", "webp", "avif"].includes(facts.format) &&
            !clientClass.formats.some((format) => format === facts.format);
          const isKept = !isExempt && ["webp", "avif"].includes(facts.format);
          const isAllowed = (target: Target): boolean =>
            (!isKept || (facts === losslessWebp && target === "avif")) &&
            (isUniversal(target) ||
              (clientClass.formats.some((each) => each === target) &&
                env.FORMATS.split(",").includes(targets[target].format))) &&
            plan.kind === "make" &&
            typeof plan.variants[target] === "object";
          const minSaving = facts.format === "tiff" ? 0 : Number(env.MIN_SAVING_PERCENT);
          const saves = (bytes: number): boolean =>
            bytes < sourceBytes && (sourceBytes - bytes) * 100 >= minSaving * sourceBytes;
          const sizeOf = (target: Target): number => {
            const each = variants[target];
            return each?.state === "made" ? each.bytes : Infinity;
          };
          const paying = allTargets.filter(
            (target) => isAllowed(target) && sizeOf(target) < Infinity && (isExempt || saves(sizeOf(target))),
          );
          if (choice.serve === "original") {
            expect(paying.length === 0 || env.MODE === "shadow").toBe(true);
          } else {
            expect(env.MODE).toBe("on");
            expect(paying).toContain(choice.serve);
            expect(choice.to).toBe(Math.min(...paying.map(sizeOf)));
            expect(variants[choice.serve]).toMatchObject({ bytes: choice.to });
          }
          // Transient exactly when something may still come.
          const isOpen = allTargets.some(
            (target) => isAllowed(target) && !["made", "refused"].includes(variants[target]?.state ?? ""),
          );
          if (!isOpen) expect(choice.transient).toBe(false);
          expect(choice.transient).toBe(reasons[choice.reason].transient);
          expect(choice.pending.length > 0).toBe(choice.reason === "interim");
          expect(choice.awaited.filter((id) => !isAllowed(id as Target))).toEqual([]);
          // For the source optimised nobody waits who has, or may get, something clearly smaller.
          const isOptimised = (target: Target): boolean => {
            const verdict = plan.kind === "make" ? plan.variants[target] : undefined;
            return isUniversal(target) && typeof verdict === "object" && verdict.optimisedBytes !== undefined;
          };
          if (choice.awaited.some((id) => isOptimised(id as Target))) {
            expect(choice.awaited.every((id) => isUniversal(id as Target))).toBe(true);
            // Where all files are this small, an optimised PNG may be the smallest.
            if (!choice.awaited.includes("png"))
              expect(paying.filter((target) => sizeOf(target) * 100 <= sourceBytes * 85)).toEqual([]);
          }
          // A client that accepts fewer formats gets nothing smaller.
          const fewer = chooseAnswer(known, { ...clientClass, formats: clientClass.formats.slice(1) }, configOf(env));
          const isShown = fewer.serve !== "original" || !fewer.mustConvert;
          // A client that shows the source of a modern format keeps it.
          const keepsSource = fewer.mustConvert && !choice.mustConvert && isKept;
          if (!choice.transient && env.MODE === "on" && isShown && !keepsSource)
            expect(fewer.to).toBeGreaterThanOrEqual(choice.to);
          expect(choice.pending).toEqual(expect.arrayContaining(formatsOf(choice.startable)));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
