// The first load's budget: all JavaScript that dist/index.html asks for, gzipped, must stay under 200 KB.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 200;
const dist = resolve(import.meta.dirname, "..", "dist");
const html = readFileSync(join(dist, "index.html"), "utf8");
const gzipped = (file) => gzipSync(readFileSync(join(dist, file))).length / 1000;
const total = (extension) =>
  [...html.matchAll(new RegExp(`(?:src|href)="/([^"]+\\.${extension})"`, "g"))]
    .map((match) => gzipped(match[1]))
    .reduce((sum, kb) => sum + kb, 0);

const js = total("js");
console.log(
  `First load: ${js.toFixed(1)} KB of JavaScript, ${total("css").toFixed(1)} KB of CSS (gzipped; budget ${BUDGET_KB} KB of JavaScript).`,
);
if (js === 0) throw new Error("dist/index.html names no script: run `npm run build` first.");
if (js > BUDGET_KB) {
  console.error(
    `The page is over its budget: load the newest part lazily, or raise BUDGET_KB here and say why.`,
  );
  process.exit(1);
}
