import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Milliseconds; a test hangs or does not, however busy the machine is. */
const patient = { testTimeout: 240_000, hookTimeout: 240_000 } as const;

export default defineConfig({
  test: {
    // More than cores: many tests wait for a server, a decoder or a time to pass.
    maxWorkers: "150%",
    projects: [
      {
        test: {
          ...patient,
          name: "unit",
          environment: "node",
          include: ["test/unit/**/*.test.ts"],
          exclude: ["test/unit/imaging/**"],
          // To load the modules again for each file takes longer than most tests.
          isolate: false,
        },
      },
      {
        // A process for each file: pictures make it large, and to start a tool from a large one takes long.
        test: { ...patient, name: "unit-imaging", environment: "node", include: ["test/unit/imaging/**/*.test.ts"] },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml", environment: "development" },
            // A live sample of request.cf would need the network.
            miniflare: { cf: false, r2Buckets: ["FLEET_BUCKET"] },
          }),
        ],
        test: {
          ...patient,
          name: "workerd",
          include: ["test/workerd/**/*.test.ts"],
          globalSetup: ["test/support/pictures-setup.ts"],
          // One runtime for all files: to start it and to load the codecs takes longer than most tests.
          isolate: false,
        },
      },
      {
        test: {
          ...patient,
          name: "e2e",
          environment: "node",
          include: ["test/e2e/*.test.ts"],
          globalSetup: ["test/support/bundle-setup.ts"],
        },
      },
      {
        // Every picture of the corpus, encoded once by the set-up and judged by each file.
        test: {
          ...patient,
          name: "corpus",
          environment: "node",
          include: ["test/e2e/corpus/*.test.ts"],
          globalSetup: ["test/support/bundle-setup.ts", "test/support/corpus-setup.ts"],
        },
      },
    ],
  },
});
