import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const { resolve } = createRequire(import.meta.url);

/** The service's /docs page shows Swagger UI from these two files, so that it needs no other host. */
function swaggerUi(): Plugin {
  return {
    name: "swagger-ui",
    apply: "build",
    generateBundle() {
      for (const file of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
        const source = readFileSync(resolve(`swagger-ui-dist/${file}`));
        this.emitFile({ type: "asset", fileName: `swagger/${file}`, source });
      }
    },
  };
}

const service = process.env.INIT_STUDIO_SERVICE ?? "http://127.0.0.1:8000";
// Host stays as the browser has it, as Origin does: where they differ, the service takes it for another site's page.
const proxied = { target: service, changeOrigin: false };
/** What the service answers: the API, and its explanation with all that this consists of. */
const SERVICES = ["/v1", "/health", "/docs", "/swagger", "/openapi.json"];

export default defineConfig({
  plugins: [react(), swaggerUi()],
  server: { proxy: Object.fromEntries(SERVICES.map((path) => [path, proxied])) },
  build: {
    target: "es2022",
    // A strict Content-Security-Policy wants files of our own, not data: addresses in the markup.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // A bound against hanging: a busy machine may stand still for seconds.
  test: { testTimeout: 60_000 },
});
