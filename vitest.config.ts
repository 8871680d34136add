import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Milliseconds; a test hangs or does not, however busy the machine is. */
const testTimeout = 60_000;

/** Real servers and encoders, on machines that may be slow or busy. */
const endToEnd = { environment: "node", testTimeout: 240_000, hookTimeout: 240_000 } as const;

export default defineConfig({
  test: {
    // A core each: the default leaves one for the main thread, which has little to do.
    maxWorkers: "100%",
    projects: [
      {
        test: { name: "unit", environment: "node", testTimeout, include: ["test/unit/**/*.test.ts"] },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml", environment: "development" },
            // A live sample of request.cf would need the network.
            miniflare: { cf: false },
          }),
        ],
        test: {
          name: "workerd",
          testTimeout,
          include: ["test/workerd/**/*.test.ts"],
          globalSetup: ["test/support/pictures-setup.ts"],
        },
      },
      {
        test: {
          ...endToEnd,
          name: "e2e",
          include: ["test/e2e/*.test.ts"],
          globalSetup: ["test/support/bundle-setup.ts"],
        },
      },
      {
        // Every picture of the corpus, encoded once by the set-up and judged by each file.
        test: {
          ...endToEnd,
          name: "corpus",
          include: ["test/e2e/corpus/*.test.ts"],
          globalSetup: ["test/support/bundle-setup.ts", "test/support/corpus-setup.ts"],
        },
      },
    ],
  },
});
